package io.github.cola4j.spark.job.spec;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

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
   * A job of a tree of keys.
   *
   * @param source what messages call it
   * @param folder what relative paths are relative to
   * @throws InvalidJobException if anything in it is wrong
   */
  public static Job of(ObjectNode tree, String source, Path folder) {
    return resolve(YamlFile.convert(tree, Job.class, source), folder);
  }

  /** Reads a job from text, paths as they stand. */
  public static Job parse(String text, String source, List<String> overrides) {
    ObjectNode tree = YamlFile.parse(text, source, Job.class);
    overrides.forEach(override -> YamlFile.set(tree, override));
    return YamlFile.convert(tree, Job.class, source);
  }

  /** Writes a job with every default filled in. */
  public static void write(Path file, Job job) {
    YamlFile.write(file, job);
  }

  private static Job resolve(Job job, Path folder) {
    return new Job(
        path(job.model(), folder),
        job.compute(),
        job.quantize(),
        job.tasks().stream()
            .map(
                task ->
                    new TaskSpec(
                        task.name(),
                        paths(task.train(), folder),
                        paths(task.validation(), folder),
                        paths(task.test(), folder),
                        task.columns(),
                        task.classes(),
                        task.dialogue(),
                        resolve(task.choices(), folder)))
            .toList(),
        job.adapter(),
        job.training(),
        job.spark(),
        job.data(),
        job.prompt(),
        job.baseline(),
        job.start() == null ? null : path(job.start(), folder),
        resolve(job.checkpoint(), folder),
        path(job.output(), folder));
  }

  private static CheckpointConfig resolve(CheckpointConfig checkpoint, Path folder) {
    return checkpoint.folder() == null
        ? checkpoint
        : new CheckpointConfig(
            path(checkpoint.folder(), folder), checkpoint.every(), checkpoint.keep());
  }

  private static ChoiceSpec resolve(ChoiceSpec choices, Path folder) {
    return choices == null
        ? null
        : new ChoiceSpec(
            paths(choices.files(), folder),
            choices.subject(),
            choices.shots(),
            choices.limit(),
            choices.prompt());
  }

  private static List<String> paths(List<String> paths, Path folder) {
    return paths.stream().map(path -> path(path, folder)).toList();
  }

  /**
   * A path as it is meant in a file of a folder: a scheme ({@code hdfs:}, {@code classpath:}) or an
   * absolute path stays as it is.
   *
   * @throws InvalidJobException if it can name no file here
   */
  public static String path(String path, Path folder) {
    boolean scheme = path.matches("[A-Za-z][A-Za-z0-9+.-]+:.*");
    try {
      return scheme ? path : folder.resolve(path).normalize().toString();
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
