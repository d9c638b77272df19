import APIFrame

/// What the routes of the product's parts stand on.
package struct RouteParts: Sendable {
    package let accounts: AccountRoutes
    package let conversations: ConversationRoutes
    package let realtime: RealtimeRoutes
    package let media: MediaRoutes
    package let stories: StoryRoutes
    package let devices: DeviceRoutes
    package let payments: PaymentRoutes
    package let admin: AdminRoutes
    package let autoscale: AutoscaleRoutes

    package init(
        accounts: AccountRoutes, conversations: ConversationRoutes, realtime: RealtimeRoutes, media: MediaRoutes,
        stories: StoryRoutes, devices: DeviceRoutes, payments: PaymentRoutes, admin: AdminRoutes,
        autoscale: AutoscaleRoutes
    ) {
        self.accounts = accounts
        self.conversations = conversations
        self.realtime = realtime
        self.media = media
        self.stories = stories
        self.devices = devices
        self.payments = payments
        self.admin = admin
        self.autoscale = autoscale
    }
}

/// The whole table: every part of the product brings the routes of its own. `prefix` is what their paths begin with.
package func allRoutes(_ parts: RouteParts, under prefix: String) -> [APIRoutes] {
    parts.accounts.tables(under: prefix) + parts.conversations.tables(under: prefix)
        + parts.realtime.tables(under: prefix) + parts.media.tables()
        + parts.stories.tables(under: prefix) + parts.devices.tables(under: prefix)
        + parts.payments.tables(under: prefix) + parts.admin.tables(under: prefix)
        + [parts.autoscale.table(under: prefix)]
}
