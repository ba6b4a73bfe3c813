package io.github.cola4j.spark.job.output;

import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * A folder that one run at a time writes, on the driver's disk or on any of Hadoop's file systems:
 * readers see all of it or nothing. Closing it without {@link #commit} leaves what was there.
 */
public interface Output extends AutoCloseable {
  /** The file of a job's results. */
  String RESULTS = "results.json";

  /** The file of its rounds. */
  String METRICS = "metrics.jsonl";

  /** The files by which a job's results are known, in the order in which they go. */
  List<String> JOB_MARKS = List.of(RESULTS, METRICS);

  /** The folder of the driver's disk to write to. */
  Path path();

  /**
   * The URI of a folder for what executors write to it, beside what is in {@link #path}; it is not
   * there yet.
   */
  String shared();

  /** Refuses as {@link #requireFree(String, boolean, List)}, while nobody else writes it. */
  void requireFree(boolean overwrite);

  /** Opens a file of what is there; null if there is none of that name. */
  InputStream open(String name) throws IOException;

  /** Puts what was written in its place. */
  void commit();

  @Override
  void close();

  /**
   * Refuses a folder that has something in it, and a place where no folder can appear.
   *
   * @param target a path of the driver's disk, or the URI of a file system
   * @param overwrite whether it may be replaced, if it is what an earlier run has left
   * @param marks files by which that is seen
   * @throws InvalidJobException if it may not, or is no folder
   */
  static void requireFree(String target, boolean overwrite, List<String> marks) {
    if (Locations.isRemote(target)) {
      RemoteFolder.requireFree(target, overwrite, marks);
    } else {
      OutputFolder.requireFree(OutputPath.local(target), overwrite, marks);
    }
  }

  /**
   * Claims a folder, whatever it has.
   *
   * @throws InvalidJobException if another run writes it, or nothing can be written there
   */
  static Output claim(String target, List<String> marks) {
    return Locations.isRemote(target)
        ? RemoteFolder.claim(target, marks)
        : OutputFolder.claim(OutputPath.local(target), marks);
  }

  /**
   * Starts a folder that is free.
   *
   * @throws InvalidJobException if it is not, if another run writes it, or if it cannot be written
   */
  static Output create(String target, boolean overwrite, List<String> marks) {
    requireFree(target, overwrite, marks);
    Output output = claim(target, marks);
    try {
      output.requireFree(overwrite);
      return output;
    } catch (RuntimeException e) {
      output.close();
      throw e;
    }
  }
}
