package io.github.cola4j.spark.job.output;

import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.claim.RemoteClaim;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.fs.Path;

/** Where an output is on one of Hadoop's file systems; with the error for each failure. */
final class RemotePath {
  private RemotePath() {}

  static Path of(String output) {
    Path path;
    try {
      path = new Path(output);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("output " + output + ": " + e.getMessage(), e);
    }
    if (path.getParent() == null) {
      throw new InvalidJobException(
          "output " + output + " is the root of its file system; name a folder in it", null);
    }
    return path;
  }

  static HadoopFiles files(Path target) {
    try {
      return HadoopFiles.of(target);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("output " + e.getMessage(), e);
    }
  }

  static URI qualified(Path target) {
    return files(target).qualified(target).toUri();
  }

  /** Takes a place for this run alone. */
  static RemoteClaim claim(HadoopFiles files, Path target) throws IOException {
    try {
      return RemoteClaim.of(files, target);
    } catch (ClaimedException e) {
      throw new InvalidJobException(e.getMessage(), e);
    }
  }

  /** Gives it back because of another failure, which says more than one here. */
  static void release(RemoteClaim claim) {
    try {
      claim.close();
    } catch (IOException e) {
      // the next run finds that its process has ended
    }
  }

  static InvalidJobException unreachable(Path target, IOException reason) {
    return new InvalidJobException(
        "output " + target + " cannot be looked at: " + WriteFailure.reason(reason), reason);
  }
}
