/// What the benchmark was asked for.
struct Arguments {
    var names: [String] = []
    var json = false
    var list = false
    var help = false
    var quick = false
    var growth = false
    var rounds: Int?

    static let usage = """
        usage: lunad-bench [NAME…] [--json] [--quick] [--rounds N] [--growth] [--list]
          NAME        only these measurements; --list names them
          --growth    how cost grows with daemons and waiting jobs, as tables and charts
          --quick     smaller crowds and fewer rounds, to see that it works
        """

    init(_ words: [String]) throws(BenchError) {
        var words = words[...]
        while let word = words.popFirst() {
            switch word {
            case "--json": json = true
            case "--list": list = true
            case "--help", "-h": help = true
            case "--quick": quick = true
            case "--growth": growth = true
            case "--rounds":
                guard let count = words.popFirst().flatMap({ Int($0) }), (1...100).contains(count) else {
                    throw BenchError("--rounds needs a number from 1 to 100")
                }
                rounds = count
            case let option where option.hasPrefix("-"): throw BenchError("there is no option \(option)\n\(Self.usage)")
            default: names.append(word)
            }
        }
    }
}
