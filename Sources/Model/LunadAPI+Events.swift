extension LunadAPI {
    static let events: [APIFunction] = [
        APIFunction(
            "events.publish",
            "Tells every daemon of this host that has subscribed to the topic. Not durable: who does not run misses it. In a "
                + "session it takes effect when the session has committed.",
            [
                .init("topic", .string, "Words joined by dots, such as `orders.paid`; at most 200 bytes."),
                .init("payload", .any, optional: true, "Plain data, at most 64 KB."),
            ]),
        APIFunction(
            "events.subscribe",
            "From now on the daemon is told of events with this topic, between its steps, until it ends. At most 1,000 events "
                + "or 4 MB wait for it; the oldest are dropped for newer ones.",
            [
                .init(
                    "topic", .string,
                    "A topic or a pattern: `*` stands for one word, `**` at the end for all that follow."),
                .init(
                    "fn", .function, optional: true,
                    "Called with the event: `topic`, `payload`, `at`, `daemon`, `job`. Without it, `on_event(self, event)` is."
                ),
            ]),
        APIFunction(
            "events.unsubscribe", "Ends a subscription.",
            [.init("topic", .string, "The topic or pattern, as it was given to `subscribe`.")],
            returns: "boolean: false when there was none"),
    ]
}
