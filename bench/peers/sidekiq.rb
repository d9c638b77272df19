# The no-op job for Sidekiq: `sidekiq -r this` runs it, `ruby this COUNT` enqueues it in bulk.
require "sidekiq"

Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch("REDIS_URL") } }
Sidekiq.configure_server { |config| config.redis = { url: ENV.fetch("REDIS_URL") } }

class NoOp
  include Sidekiq::Worker
  sidekiq_options retry: 5

  def perform(number, sent, filler); end
end

if $PROGRAM_NAME == __FILE__
  filler = "x" * 64
  (0...Integer(ARGV.fetch(0))).each_slice(500) do |numbers|
    Sidekiq::Client.push_bulk("class" => NoOp, "args" => numbers.map { |number| [number, 0, filler] })
  end
end
