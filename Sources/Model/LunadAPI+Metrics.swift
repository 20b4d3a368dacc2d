extension LunadAPI {
    static let metrics: [APIFunction] = [
        APIFunction(
            "metrics.counter",
            "Counts something; at `/metrics` it is `lunad_script_NAME_total`. Kept for as long as the host runs.",
            [name, .init("n", .number, optional: true, "How many more, 0 or above; 1 unless said."), labels],
            returns: kept, raises: raises, example: #"lunad.metrics.counter("orders", 1, { shop = "north" })"#),
        APIFunction(
            "metrics.gauge", "Sets what something measures now; at `/metrics` it is `lunad_script_NAME`.",
            [name, .init("value", .number, "The value."), labels], returns: kept, raises: raises,
            example: #"lunad.metrics.gauge("queue_length", 12)"#),
        APIFunction(
            "metrics.histogram",
            "Counts a value in buckets, for how values spread; at `/metrics` it is `lunad_script_NAME`.",
            [
                name, .init("value", .number, "The value."), labels,
                .init(
                    "buckets", .table, optional: true,
                    "The upper bounds of the buckets, ascending; those of the first value count. For seconds unless said."
                ),
            ], returns: kept, raises: raises,
            example: #"lunad.metrics.histogram("answer_seconds", 0.2, nil, { 0.1, 1, 5 })"#),
    ]

    private static let name = APIFunction.Parameter("name", .string, "Letters, digits and `_`, with the unit in it.")
    private static let labels = APIFunction.Parameter(
        "labels", .table, optional: true,
        "Up to 8 named values, such as `{ shop = \"north\" }`; each combination is a series of its own.")
    private static let kept =
        "boolean: false when there are too many series already, 1,000 lines a script or 50,000 a host; logged once"
    private static let raises =
        "A name or label that cannot be shown, a value that is no finite number, a metric that another script has as another kind."
}
