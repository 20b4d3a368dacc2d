import Glibc
import Model

/// The machine's time zone (`TZ`, else the system's setting).
package enum LocalTime {
    // Reads the zone once; `localtime_r` need not do it by itself.
    private static let isZoneRead: Bool = {
        tzset()
        return true
    }()

    /// How many seconds local time is east of UTC at `instant`; 0 when the zone cannot say.
    package static func offset(at instant: WallTime) -> Int {
        guard isZoneRead else { return 0 }
        var seconds = time_t(instant.milliseconds / 1_000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return 0 }
        return parts.tm_gmtoff
    }
}
