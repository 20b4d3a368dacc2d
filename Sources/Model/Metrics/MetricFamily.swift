/// A metric with all its samples, whoever measures it; what a scrape shows.
package struct MetricFamily: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case counter
        case gauge
        case histogram
    }

    package struct Label: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package enum Reading: Sendable, Hashable {
        case number(Double)
        case histogram(Histogram)
    }

    package struct Sample: Sendable, Hashable {
        package var labels: [Label]
        package var reading: Reading

        package init(_ labels: [Label], _ reading: Reading) {
            self.labels = labels
            self.reading = reading
        }
    }

    /// Without the `_total` that a counter's samples end with.
    package var name: String
    package var kind: Kind
    /// One sentence.
    package var help: String
    package var samples: [Sample]

    package init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }
}

/// The port through which the control plane asks the engine for what it has measured.
package protocol MetricsSource: AnyObject, Sendable {
    /// Each family once. Reads the store for what concerns jobs.
    func metrics() async throws(HostError) -> [MetricFamily]
}
