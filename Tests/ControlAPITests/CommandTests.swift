import Glibc
import Model
import Platform
import SQLiteStore
import Synchronization
import Testing

@testable import ControlAPI
@testable import ControlCLI

/// The command line before a real server, whose engine is none.
@Suite struct CommandTests {
    private let project: ServedProject

    init() throws { project = try ServedProject() }

    private var host: FakeHost { project.served.host }

    @Test(
        "start, stop, restart, enable and disable tell what is so after them",
        arguments: [
            (["start", "inbox"], "inbox is running\n"),
            (["stop", "inbox", "load"], "inbox is stopped\nload is stopped\n"),
            (["restart", "--all"], "inbox is running\nload is running\n"),
            (["enable", "inbox"], "inbox starts with the host; now it is stopped\n"),
            (["disable", "inbox"], "inbox no longer starts with the host; now it is stopped\n"),
        ])
    func acts(words: [String], output: String) async {
        let outcome = await project.run(words)
        #expect(outcome.status == 0)
        #expect(outcome.output == output)
        #expect(outcome.messages == "")
    }

    @Test("a failure is resolved by its fingerprint")
    func resolve() async throws {
        let report = ErrorReport(
            at: WallTime(milliseconds: 1_800_000_000_000), daemon: "inbox", kind: "runtime", message: "boom",
            traceback: nil, file: nil, line: nil, fingerprint: "f00d", generation: 1, codeHash: "c")
        try await project.served.write([.error(report)])
        let outcome = await project.run(["errors", "inbox", "--resolve", "f00d"])
        #expect(outcome.status == 0)
        #expect(outcome.messages == "Resolved: boom\n")
        #expect(try project.served.store.errors(ErrorQuery()).isEmpty)
        #expect(await project.run(["errors", "--resolve", "beef"]).status == 4)
    }

    @Test("alerts are acknowledged by their numbers")
    func acknowledge() async {
        project.served.alerts.raise(.daemonFailed, "inbox")
        project.served.alerts.raise(.diskLow, "/srv", isOver: true)
        let outcome = await project.run(["alerts", "ack", "1"])
        #expect(outcome.status == 0)
        #expect(outcome.output == "1 is acknowledged: inbox is in trouble\n")
        #expect(await project.run(["alerts", "ack", "2"]).status == 1)
        #expect(await project.run(["alerts", "ack", "7"]).status == 4)
        #expect(await project.run(["alerts", "ack"]).status == 2)
        #expect(await project.run(["alerts", "akc", "1"]).messages.contains("did you mean 'ack'"))
    }

    @Test("with --json the answer is one list of records")
    func json() async throws {
        let outcome = await project.run(["start", "inbox", "--json"])
        #expect(try JSON.decode(outcome.output) == .array([try host.daemon(named: "inbox").value]))
    }

    @Test("an unknown daemon is exit 4 with a near name, and the others are told all the same")
    func unknown() async throws {
        let outcome = await project.run(["start", "inbx", "load"])
        #expect(outcome.status == 4)
        #expect(outcome.messages == "lunad: there is no daemon 'inbx'; did you mean 'inbox'?\n")
        #expect(outcome.output == "load is running\n")
        #expect(await project.run(["config", "inbx"]).status == 4)
        #expect(await project.run(["jobs", "show", "7"]).messages == "lunad: there is no job 7\n")
        #expect(await project.run(["jobs", "show", "7"]).status == 4)
    }

    @Test(
        "without a host each is exit 3 with one sentence",
        arguments: [
            ["start", "inbox"], ["stop", "--all"], ["config", "inbox"], ["add", "b", "--script", "inbox"],
            ["remove", "inbox"], ["events"], ["events", "-f"], ["jobs"], ["jobs", "run", "sha256"],
        ])
    func noHost(words: [String]) async throws {
        project.served.server.stop()
        let outcome = await project.run(words)
        #expect(outcome.status == 3)
        #expect(outcome.messages == "lunad: no host is running here: try 'lunad run'\n")
        #expect(outcome.output == "")
        // A killed host leaves its socket behind.
        close(try ListeningSocket.unix(project.folder.socket))
        #expect(await project.run(words).messages == outcome.messages)
        ListeningSocket.remove(project.folder.socket)
    }

    @Test(
        "wrong usage is exit 2",
        arguments: [
            (["start"], "name a daemon, or say --all"), (["stop", "inbox", "--all"], "--all leaves nothing to name"),
            (["add", "b"], "--script is missing"), (["jobs", "cancle", "1"], "did you mean 'cancel'?"),
            (["jobs", "show"], "jobs show needs a job's number"), (["jobs", "show", "x"], "'x' is no job's number"),
            (["jobs", "list", "x"], "'x' is one argument too many"),
        ])
    func usage(words: [String], message: String) async {
        let outcome = await project.run(words)
        #expect(outcome.status == 2)
        #expect(outcome.messages.contains(message), "\(outcome.messages)")
    }

    @Test("an instance is added with typed values, and removed")
    func addAndRemove() async {
        let added = await project.run(["add", "inbox2", "--script", "inbox", "batch=7", "folder=a=b", "--disabled"])
        #expect(added.status == 0, "\(added.messages)")
        #expect(host.state.withLock { $0.config["inbox2"] } == [.init("batch", 7), .init("folder", "a=b")])
        #expect(host.state.withLock { $0.records["inbox2"]?.enabled } == false)
        #expect(await project.run(["remove", "inbox2"]).output == "Removed inbox2\n")
        #expect(host.state.withLock { $0.records["inbox2"] } == nil)
        let wrong = await project.run(["add", "b", "--script", "inbox", "batch=x"])
        #expect(wrong.status == 2)
        #expect(wrong.messages == "lunad: batch is \"x\"; expected a whole number from 1 to 100\n")
    }

    @Test("config shows every key, changes the named ones, and never shows a secret")
    func config() async {
        #expect(await project.run(["config", "inbox", "batch=20", "key=hidden"]).status == 0)
        let outcome = await project.run(["config", "inbox", "folder=/b", "--unset", "batch"])
        #expect(
            outcome.output == """
                KEY     VALUE     SET  TYPE     WHAT
                batch   10        -    integer\("  ")
                folder  "/b"      yes  string \("  ")
                key     (secret)  yes  string \("  ")

                """)
        #expect(await project.run(["config", "inbox", "btch=1"]).messages.contains("did you mean \"batch\"?"))
    }

    @Test("names that an address must escape arrive as they are", arguments: ["a/b", "a b?c=d", "ä%2F#", ".."])
    func escaping(name: String) async throws {
        host.state.withLock { $0.records[name] = DaemonRecord(name: name, type: "inbox") }
        #expect(await project.run(["start", "--", name]).output == "\(name) is running\n")
    }

    @Test("events shows what the host remembers, in words or as one object a line")
    func events() async throws {
        let record = try host.daemon(named: "inbox")
        project.served.events.publish([.daemon(record), .log(project.served.log("hello\u{1B}[2J"))])
        let text = await project.run(["events"]).output
        #expect(text.hasPrefix("daemon  inbox stopped: never started\nlog     inbox info: hello"))
        #expect(!text.contains("\u{1B}"))
        let lines = await project.run(["events", "--json", "--kind", "daemon"]).output.split(separator: "\n")
        let object = try JSON.decode(String(try #require(lines.first)))
        #expect(lines.count == 1)
        #expect(object["id"] == 1)
        #expect(object["data"] == record.value)
    }

    @Test("events -f ends with the host")
    func follow() async throws {
        async let following = project.run(["events", "-f"])
        await ServedHost.eventually("the stream begins") { project.served.server.openStreams == 1 }
        project.served.events.publish([.removed(daemon: "old")])
        await ServedHost.eventually("the event arrives") { project.caught.contains("old is gone") }
        project.served.server.stop()
        let outcome = await following
        #expect(outcome.status == 3)
        #expect(outcome.output == "removed old is gone\n")
    }

    @Test("jobs are listed, shown, cancelled and retried")
    func jobs() async throws {
        #expect(await project.run(["jobs"]).messages == "No such jobs.\n")
        #expect(await project.run(["jobs", "--json"]).output == "[]\n")
        #expect(
            await project.run(["jobs", "run", "sha256", #"{"path": "/srv/a"}"#]).output == "job 1 (sha256) is pending\n"
        )
        #expect(await project.run(["jobs"]).output.contains("sha256  pending"))
        #expect(await project.run(["jobs", "show", "1"]).output.contains("/srv/a"))
        #expect(await project.run(["jobs", "cancel", "1"]).output == "job 1 (sha256) is cancelled: by an operator\n")
        #expect(await project.run(["jobs", "retry", "1"]).output.hasPrefix("job 1 (sha256) is pending"))
        #expect(await project.run(["jobs", "logs", "1"]).output == "done\n\u{FFFD}\n")
        #expect(await project.run(["jobs", "run", "sha256", "[1]"]).status == 2)
        #expect(await project.run(["jobs", "run", "md5"]).status == 4)
    }

    @Test(
        "run --wait shows the progress and ends with the job",
        arguments: [(JobStatus.completed, 0), (.failed, 1)] as [(JobStatus, Int32)])
    func wait(status: JobStatus, exit: Int32) async throws {
        async let running = project.run(["jobs", "run", "sha256", "--wait"], width: 60)
        // Whatever fails, the command that waits ends.
        defer { project.served.server.stop() }
        await ServedHost.eventually("the stream begins") { project.served.server.openStreams == 1 }
        let half = try await project.served.jobs.change(1) { job in
            job.status = .running
            job.done = 1
            job.total = 2
            job.message = "hashing"
        }
        project.served.events.publish([.job(half)])
        let end = try await project.served.jobs.change(1) { $0.status = status }
        project.served.events.publish([.job(end)])
        let outcome = await running
        #expect(outcome.status == exit)
        #expect(outcome.output.hasPrefix("job 1 (sha256) is \(status.rawValue)"))
        #expect(outcome.messages.contains("███████░░░░░░░░  50 %  1/2  hashing"))
    }

    @Test("run --wait hears of an end that came before it listened, or whose event is lost")
    func waitForThePast() async throws {
        let served = project.served
        let launched = try await served.jobs.launch(JobRequest(type: "sha256", uniqueKey: "k"), attempts: nil)
        let end = try await served.jobs.change(launched.id) { $0.status = .completed }
        served.events.publish([.job(end)])
        #expect(await project.run(["jobs", "run", "sha256", "--unique", "k", "--wait"]).status == 0)
        // Push it out: only the gap is left, and the job tells itself.
        served.events.publish((0..<2_000).map { _ in .removed(daemon: "x") })
        #expect(await project.run(["jobs", "run", "sha256", "--unique", "k", "--wait"]).status == 0)
    }

    @Test("the token is made once, for its owner alone, and shown again")
    func token() async throws {
        let first = await project.run(["token"]).output
        #expect(first.count == 65)
        #expect(await project.run(["token"]).output == first)
        #expect(try #require(try Files.facts(of: project.folder.token)?.mode) & 0o777 == 0o600)
        chmod(project.folder.token, 0o644)
        #expect(await project.run(["token"]).messages.contains("can be read by others"))
    }
}
