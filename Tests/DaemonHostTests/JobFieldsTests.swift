import Model
import Testing

@testable import DaemonHost

@Suite("What a job's own script is given")
struct JobFieldsTests {
    @Test("is what is declared for the checker")
    func declared() {
        let job = JobRecord(id: 1, type: "t", args: .emptyTable, createdAt: WallTime(milliseconds: 0))
        #expect(job.handed.fields.map(\.key).sorted() == LunadAPI.type(named: "JobRun")?.names.sorted())
    }
}
