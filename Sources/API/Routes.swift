import APIFrame

/// What the routes of the product's parts stand on.
package struct RouteParts: Sendable {
    package let realtime: RealtimeRoutes

    package init(realtime: RealtimeRoutes) { self.realtime = realtime }
}

/// The whole table: every part of the product brings the routes of its own. `prefix` is what their paths begin with.
package func allRoutes(_ parts: RouteParts, under prefix: String) -> [APIRoutes] {
    [parts.realtime.table(under: prefix)]
}
