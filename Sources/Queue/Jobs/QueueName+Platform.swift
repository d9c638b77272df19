/// The queues of the platform's own jobs, one for each worker of the Procfile.
extension QueueName {
    package static let fanout = QueueName("fanout")
    package static let push = QueueName("push")
    package static let email = QueueName("email")
    package static let media = QueueName("media")
    package static let payments = QueueName("payments")
    package static let maintenance = QueueName("maintenance")

    package static let platform = [fanout, push, email, media, payments, maintenance]
}
