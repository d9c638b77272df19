/// What the plan of a caller has to have for a route.
public struct RouteNeed: Sendable, Equatable {
    public let feature: String
    /// How much of a month's share a call takes; 0 where the plan has the feature, or has not.
    public let amount: Int64
}

extension Route {
    /// The same for callers alone whose plan has the feature. Declared once, here: checked before the route runs, and told
    /// in the document.
    public func needing(_ feature: String, taking amount: Int64 = 0) -> Route {
        precondition(access == .user, "\(name): only who is signed in has a plan")
        return Route(self, under: "", tag: tag, needing: RouteNeed(feature: feature, amount: amount))
    }
}
