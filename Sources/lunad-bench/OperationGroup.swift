import BenchFloors
import Glibc
import Model
import Platform

extension Group {
    /// Another text of a script takes over, asked for through the API.
    ///
    /// The floor does the same durable work: it loads and runs the text, and commits the rows of it once. The second line
    /// has the load and the run alone for its floor.
    static let swap = Group(lines: [
        Line(name: "swap", title: "hot swap of a 100-line script, durable", unit: .seconds, reach: .atMost(3)),
        Line(name: "swap-load", title: "the same beside load and run alone", unit: .seconds, reach: .open),
    ]) { (bench) throws(BenchError) in
        var durable = Samples()
        var alone = Samples()
        let scratch = try Scratch(bench, scripts: ["hundred": Scripts.hundred])
        let host = try scratch.run()
        var number = 0
        for _ in 0..<bench.rounds {
            var times: [Double] = []
            for _ in 0..<20 {
                number += 1
                let text = Scripts.hundred + "-- version \(number)\n"
                let body = Value.object([.init("source", .string(text))])
                guard let json = try? JSON.encode(body) else { throw BenchError("a script that is no text") }
                times.append(try host.seconds(ofPost: "/api/daemons/hundred/swap", json))
            }
            let ours = Spread(times).median
            let floor = bench_sqlite_swap(scratch.project.database, Scripts.hundred, 40)
            durable.add(ours: ours, floor: try measured(floor, "a durable load"))
            alone.add(ours: ours, floor: try measured(bench_lua_load(Scripts.hundred, 200), "a load"))
        }
        try host.stop()
        return [durable, alone]
    }

    /// A host starts on a database that is there.
    static let start = Group(lines: [
        Line(name: "start", title: "'lunad run' to the first step of 10 daemons", unit: .seconds, reach: .atMost(3))
    ]) { (bench) throws(BenchError) in
        var samples = Samples()
        let scratch = try Scratch(bench, scripts: ["first": Scripts.first], instances: ("first", 9))
        for _ in 0..<max(bench.rounds, 5) {
            let ours = try seconds(toFirstSteps: 10) { (errors) throws(BenchError) in
                try scratch.start(errors: errors)
            }
            let floor = try seconds(toFirstSteps: 10) { (errors) throws(BenchError) in
                try Child(
                    bench.itself, ProcessFloor.start(database: scratch.project.database, count: 10).words,
                    errors: errors)
            }
            samples.add(ours: ours, floor: floor)
        }
        return [samples]
    }

    /// Until that many lines of a first step have come.
    private static func seconds(
        toFirstSteps count: Int, _ start: (Int32) throws(BenchError) -> Child
    ) throws(BenchError) -> Double {
        let began = monotonicSeconds()
        let teller = try TellingChild(start)
        try teller.read(until: { $0.ranges(of: "first step").count >= count })
        let seconds = monotonicSeconds() - began
        _ = teller.child.terminate()
        return seconds
    }

    /// One daemon's record over the socket, eight connections.
    static let http = Group(lines: [
        Line(name: "http", title: "GET /api/daemons/NAME, 8 connections", unit: .perSecond, reach: .atLeast(0.6))
    ]) { (bench) throws(BenchError) in
        var samples = Samples()
        let scratch = try Scratch(bench, scripts: ["sleeper": Scripts.sleeper])
        let host = try scratch.run()
        let path = "/api/daemons/sleeper"
        let request = RunningHost.request(path)
        let body = try host.get(path)
        let place = scratch.project.runtime + "/floor.sock"
        for _ in 0..<bench.rounds {
            let ours = try measured(bench_http_load(host.socket, request, 8, bench.span / 2), "requests")
            guard let server = bench_http_serve(place, body, "application/json") else {
                throw BenchError("the floor of HTTP cannot be served")
            }
            let floor = bench_http_load(place, request, 8, bench.span / 2)
            bench_http_stop(server)
            unlink(place)
            samples.add(ours: ours, floor: try measured(floor, "requests"))
        }
        try host.stop()
        return [samples]
    }
}
