import Testing

extension HeavyTests {
    @Suite("Parents and children", .serialized)
    struct JobFamilyTests {
        private static let parents = isTorture ? 100 : 10
        private static let children = 10

        @Test("more parents wait for their children than there are workers, and all finish")
        func waitingParents() async throws {
            let parent = """
                local d = {}
                function d:run(job)
                  local ids, sum = {}, 0
                  for i = 1, \(Self.children) do ids[i] = lunad.jobs.launch("child", { n = i }) end
                  for _, child in ipairs(lunad.jobs.wait(ids)) do
                    assert(child.status == "completed", child.error)
                    sum = sum + child.result.n
                  end
                  return { sum = sum }
                end
                return d
                """
            let child = "return { run = function(self, job) lunad.sleep(0.005) return { n = job.args.n } end }"
            let founder = """
                local d = { every = 3600 }
                function d:run_step()
                  lunad.session(function(db) for i = 1, \(Self.parents) do db:launch("parent", {}, { attempts = 1 }) end end)
                end
                return d
                """
            let project = try HostedProject.make(
                jobs: ["parent": parent, "child": child], daemons: ["founder": founder], workers: 4)
            let host = try await project.run()
            try await project.jobs(Self.parents, of: "parent", where: "finished_at IS NOT NULL")
            let sums = try project.database.column(
                "SELECT status || ' ' || coalesce(json_extract(result, '$.sum'), error) FROM jobs WHERE type = 'parent'"
            )
            #expect(sums == Array(repeating: "completed 55", count: Self.parents))
            try await project.jobs(
                Self.parents * Self.children, of: "child", where: "status = 'completed' AND attempt = 1")
            #expect(try await host.stop() == .exited(0))
        }
    }
}
