import Runtime

/// Stands for a batch in the type of an id.
package enum JobBatch {}

/// Stands for a chain in the type of an id.
package enum JobChain {}

package typealias BatchID = ID<JobBatch>
package typealias ChainID = ID<JobChain>
