import APIFrame

/// The whole table: every part of the product brings the routes of its own. `prefix` is what their paths begin with.
package func allRoutes(under prefix: String) -> [APIRoutes] { [] }
