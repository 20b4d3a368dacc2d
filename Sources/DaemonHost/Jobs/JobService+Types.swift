import Model

extension JobService: JobTypeControl {
    package func jobTypes() -> [JobTypeStanding] { catalog.standings }

    package func jobType(named name: String) throws(HostError) -> JobTypeStanding {
        try catalog.standing(of: name)
    }
}
