import Model

/// How a browser gets in where the token is required.
struct LoginRoutes: Sendable {
    let session: BrowserSession

    var routes: [Route] {
        [
            Route(
                .post, AccessRules.login, "Show the token, and get a cookie that counts in its place",
                body: .fields([
                    ConfigKey("token", .string, maximum: 1_000, isRequired: true, doc: "What `lunad token` shows")
                ]), answer: .nothing
            ) { (call) throws(HostError) in
                guard let cookie = session.open(with: call.field("token")?.stringValue ?? "") else {
                    return Problem(
                        status: 401, code: "unauthorized", detail: "this is not the token; 'lunad token' shows it"
                    ).response
                }
                return HTTPResponse(status: 204, type: "application/json", body: [], headers: [cookie])
            },
            Route(.post, "/api/logout", "Forget the cookie", answer: .nothing) { (_) throws(HostError) in
                HTTPResponse(status: 204, type: "application/json", body: [], headers: [session.closing])
            },
        ]
    }
}
