/**
 * One writer for each output and each folder of checkpoints, on any file system.
 *
 * <p>A {@link io.github.cola4j.spark.claim.Claim} is the right of one run to write to a place:
 * {@link io.github.cola4j.spark.claim.ClaimedFolder} on this machine's disk, {@link
 * io.github.cola4j.spark.claim.RemoteClaim} on Hadoop's file systems, which have no locks. {@link
 * io.github.cola4j.spark.claim.ProcessIdentity} tells whether another run is still alive; if it may
 * be, {@link io.github.cola4j.spark.claim.ClaimedException} names it. {@link
 * io.github.cola4j.spark.claim.Staging} is a temporary folder for what is transferred, removed also
 * after a process was killed.
 */
package io.github.cola4j.spark.claim;
