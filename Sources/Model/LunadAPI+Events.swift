extension LunadAPI {
    static let events: [APIFunction] = [
        APIFunction(
            "events.publish",
            "Tells every daemon of this host that has subscribed to the topic. Not durable: who does not run misses it. In a "
                + "session it takes effect when the session has committed.",
            [
                .init("topic", .string, "Words joined by dots, such as `orders.paid`; at most 200 bytes."),
                .init("payload", .any, optional: true, "Plain data, at most 64 KB."),
            ], raises: "A topic that is none, or a payload that is too large.",
            example: #"lunad.events.publish("orders.paid", { id = 7, amount = 12.5 })"#),
        APIFunction(
            "events.subscribe",
            "From now on the daemon is told of events with this topic, between its steps, for as long as this Lua state lives. "
                + "At most \(EventMailbox.mostEvents) events or 4 MB wait for it; the oldest are dropped for newer ones.",
            [
                .init(
                    "topic", .string,
                    "A topic or a pattern: `*` stands for one word, `**` at the end for all that follow."),
                .init(
                    "fn", .function, optional: true,
                    "What is called; without it, `on_event` is. The last one given for a topic counts.",
                    shape: "fun(event: Event)"),
            ],
            raises: "A topic that is none, more than 200 of them, no function to call, a job that subscribes.",
            example: """
                lunad.events.subscribe("orders.*", function(event)
                  lunad.log.info(event.topic, { from = event.daemon, what = event.payload })
                end)
                """),
        APIFunction(
            "events.unsubscribe", "Ends a subscription.",
            [.init("topic", .string, "The topic or pattern, as it was given to `subscribe`.")],
            returns: "boolean: false when there was none", raises: "A topic that is none.",
            example: #"lunad.events.unsubscribe("orders.*")"#),
    ]

    static let event = APIClass(
        "Event", "What a daemon or a job has told the others.",
        [
            .init("topic", "string", "What it is about."),
            .optional("payload", "any", "What was said."),
            .init("at", "number", "When, in seconds since 1970."),
            .optional("daemon", "string", "Who published it, or launched the job that did."),
            .optional("job", "integer", "The job that published it."),
        ])
}
