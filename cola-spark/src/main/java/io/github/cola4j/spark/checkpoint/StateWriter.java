package io.github.cola4j.spark.checkpoint;

import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.spark.training.TrainingSnapshot;
import java.io.IOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Writes a task's file of a checkpoint, on the machine that has its state. Should two Spark tasks
 * write one file, they write the same.
 *
 * @param folder that the files come into
 * @param names of the files, by task
 */
record StateWriter(SerializableConfiguration settings, String folder, HashMap<String, String> names)
    implements TrainingSnapshot.Work<StateWriter.Written> {

  /**
   * What became of a file.
   *
   * @param entry null where it could not be written
   * @param failure null where it could
   */
  record Written(Manifest.Entry entry, IOException failure) implements Serializable {

    Manifest.Entry orThrow() throws IOException {
      if (failure != null) {
        throw failure;
      }
      return entry;
    }
  }

  /** A writer of the files of tasks. */
  static StateWriter of(
      Configuration configuration, Path folder, List<TrainingSnapshot.Task> tasks) {
    HashMap<String, String> names = new HashMap<>();
    tasks.forEach(task -> names.put(task.name(), file(names.size())));
    return new StateWriter(new SerializableConfiguration(configuration), folder.toString(), names);
  }

  /** The name of the file of a task, by its number. */
  static String file(int task) {
    return String.format(Locale.ROOT, "task-%05d.safetensors", task);
  }

  @Override
  public Written of(String task, Map<String, float[]> vectors) {
    Map<String, SafetensorsWriter.Tensor> tensors = new TreeMap<>();
    vectors.forEach(
        (key, vector) ->
            tensors.put(key, new SafetensorsWriter.Tensor(new long[] {vector.length}, vector)));
    String name = names.get(task);
    try {
      Path path = new Path(folder, name);
      FileSystem files = path.getFileSystem(settings.value());
      if (files instanceof ChecksumFileSystem checked) {
        files = checked.getRawFileSystem(); // a checkpoint has checksums of its own
      }
      return new Written(
          HashingStream.write(
              files,
              path,
              out -> SafetensorsWriter.write(out, name, tensors, Map.of("task", task))),
          null);
    } catch (IOException e) {
      return new Written(null, e);
    } catch (FSError e) { // Hadoop's local file system has it for a full disk
      return new Written(null, new IOException(e.getCause().getMessage(), e));
    }
  }
}
