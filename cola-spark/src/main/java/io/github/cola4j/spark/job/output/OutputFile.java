package io.github.cola4j.spark.job.output;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that one run at a time writes, on the driver's disk or on any of Hadoop's file systems,
 * and bad rows beside it. Readers see it complete or not at all. Closing it without {@link
 * #publish} leaves what was there.
 */
public interface OutputFile extends AutoCloseable {
  /** What the name of the file of bad rows ends in. */
  String BAD = ".bad.jsonl";

  /** The place on the driver's disk to write the file to. */
  Path lines();

  /** The place to write bad rows to, if there are any; null if they are not kept. */
  Path bad();

  /** Puts the file in its place, and bad rows beside it or, where there are none, old ones away. */
  void publish() throws IOException;

  @Override
  void close();

  /**
   * Refuses a place where the file cannot go.
   *
   * @param output a path of the driver's disk, or the URI of a file system
   * @param overwrite whether a file that is there may be replaced
   * @throws InvalidJobException if it cannot
   */
  static void requireFree(String output, boolean overwrite) {
    if (Locations.isRemote(output)) {
      RemoteFile.requireFree(output, overwrite);
    } else {
      LocalFile.requireFree(OutputPath.local(output), overwrite);
    }
  }

  /**
   * Takes the place.
   *
   * @throws InvalidJobException if it is not free, another run has it, or nothing can be written
   *     there
   */
  static OutputFile claim(String output, boolean overwrite) {
    return Locations.isRemote(output)
        ? RemoteFile.claim(output, overwrite)
        : LocalFile.claim(OutputPath.local(output), overwrite);
  }

  /** Whether it is a folder of the driver's disk. */
  static boolean isFolder(String output) {
    return !Locations.isRemote(output) && Files.isDirectory(OutputPath.local(output));
  }

  /** Whether it is a pipe or a device, which gets lines as they come, and no bad rows. */
  static boolean isSpecial(String output) {
    return !Locations.isRemote(output) && AtomicFile.isSpecial(OutputPath.local(output));
  }
}
