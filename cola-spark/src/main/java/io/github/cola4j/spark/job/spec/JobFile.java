package io.github.cola4j.spark.job.spec;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.storage.HadoopFiles;
import io.github.cola4j.spark.storage.Locations;
import io.github.cola4j.spark.storage.SubmittedFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** Reads and writes job files; every error names the key and what would be right. */
public final class JobFile {
  private JobFile() {}

  /**
   * Reads a job.
   *
   * @param overrides {@code key=value}, as {@code training.epochs=3} or {@code tasks.0.name=x}; the
   *     value is YAML
   * @return the job, every relative path resolved against the file's folder
   * @throws InvalidJobException if anything in it is wrong
   */
  public static Job read(Path file, List<String> overrides) {
    ObjectNode tree = YamlFile.read(file, "job", Job.class);
    overrides.forEach(override -> YamlFile.set(tree, override));
    return of(tree, file.toString(), file.toAbsolutePath().getParent());
  }

  /**
   * Reads a job of this machine, of a file system of Hadoop's, or of the name that {@code --files}
   * of spark-submit gives it.
   *
   * @param location a path, a URI or a name
   * @return the job, every relative path resolved against the file's folder, wherever that is
   * @throws InvalidJobException if there is no such file, or anything in it is wrong
   */
  public static Job read(String location, List<String> overrides) {
    String place = SubmittedFiles.find(location);
    if (!Locations.isRemote(place)) {
      return read(Locations.local(place), overrides);
    }
    ObjectNode tree = YamlFile.parse(remote(place), place, Job.class);
    overrides.forEach(override -> YamlFile.set(tree, override));
    org.apache.hadoop.fs.Path folder = new org.apache.hadoop.fs.Path(place).getParent();
    return resolve(
        YamlFile.convert(tree, Job.class, place),
        path ->
            Locations.hasScheme(path) || path.startsWith("/")
                ? path
                : new org.apache.hadoop.fs.Path(folder, path).toString());
  }

  private static String remote(String place) {
    try {
      org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(place);
      try (InputStream in = HadoopFiles.of(file).open(file)) {
        return YamlFile.text(in, "job", place);
      }
    } catch (FileNotFoundException e) {
      throw new InvalidJobException(
          "cannot read the job file " + place + ": there is no such file", e);
    } catch (InvalidJobException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidJobException("cannot read the job file " + place + ": " + e.getMessage(), e);
    }
  }

  /**
   * A job of a tree of keys.
   *
   * @param source what messages call it
   * @param folder what relative paths are relative to
   * @throws InvalidJobException if anything in it is wrong
   */
  public static Job of(ObjectNode tree, String source, Path folder) {
    return resolve(YamlFile.convert(tree, Job.class, source), path -> path(path, folder));
  }

  /** Reads a job from text, paths as they stand. */
  public static Job parse(String text, String source, List<String> overrides) {
    ObjectNode tree = YamlFile.parse(text, source, Job.class);
    overrides.forEach(override -> YamlFile.set(tree, override));
    return YamlFile.convert(tree, Job.class, source);
  }

  /**
   * Reads a job as {@link #write} wrote it, paths as they stand.
   *
   * @throws InvalidJobException if anything in it is wrong
   */
  public static Job read(InputStream file, String source) throws IOException {
    return parse(YamlFile.text(file, "job", source), source, List.of());
  }

  /** Writes a job with every default filled in. */
  public static void write(Path file, Job job) {
    YamlFile.write(file, job);
  }

  private static Job resolve(Job job, UnaryOperator<String> path) {
    return new Job(
        path.apply(job.model()),
        job.compute(),
        job.quantize(),
        job.pooling(),
        job.tasks().stream()
            .map(
                task ->
                    new TaskSpec(
                        task.name(),
                        paths(task.train(), path),
                        paths(task.validation(), path),
                        paths(task.test(), path),
                        task.columns(),
                        task.classes(),
                        task.classWeights(),
                        task.dialogue(),
                        task.preference(),
                        resolve(task.choices(), path)))
            .toList(),
        job.adapter(),
        job.training(),
        job.spark(),
        job.data(),
        job.prompt(),
        job.baseline(),
        job.start() == null ? null : path.apply(job.start()),
        resolve(job.checkpoint(), path),
        job.report(),
        resolve(job.track(), path),
        path.apply(job.output()));
  }

  private static CheckpointConfig resolve(CheckpointConfig checkpoint, UnaryOperator<String> path) {
    return checkpoint.folder() == null
        ? checkpoint
        : new CheckpointConfig(
            path.apply(checkpoint.folder()), checkpoint.every(), checkpoint.keep());
  }

  private static TrackConfig resolve(TrackConfig track, UnaryOperator<String> path) {
    return track.tensorboard() == null || track.tensorboard().equals(TrackConfig.BESIDE)
        ? track
        : new TrackConfig(path.apply(track.tensorboard()), track.mlflow());
  }

  private static ChoiceSpec resolve(ChoiceSpec choices, UnaryOperator<String> path) {
    return choices == null
        ? null
        : new ChoiceSpec(
            paths(choices.files(), path),
            choices.subject(),
            choices.shots(),
            choices.limit(),
            choices.prompt());
  }

  private static List<String> paths(List<String> paths, UnaryOperator<String> path) {
    return paths.stream().map(path).toList();
  }

  /**
   * A path as it is meant in a file of a folder: a scheme ({@code hdfs:}, {@code classpath:}) or an
   * absolute path stays as it is.
   *
   * @throws InvalidJobException if it can name no file here
   */
  public static String path(String path, Path folder) {
    try {
      return Locations.hasScheme(path) ? path : folder.resolve(path).normalize().toString();
    } catch (InvalidPathException e) {
      throw new InvalidJobException(
          String.format(
              "'%s' can name no file: %s; correct it, or set LC_ALL=C.UTF-8 if this program names"
                  + " files in %s",
              path, e.getReason(), System.getProperty("sun.jnu.encoding")),
          e);
    }
  }
}
