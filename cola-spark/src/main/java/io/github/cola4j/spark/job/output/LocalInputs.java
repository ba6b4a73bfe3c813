package io.github.cola4j.spark.job.output;

import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.TaskSpec;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What a command reads of this machine's files: its output must not be among them. */
public final class LocalInputs {
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");
  private static final Pattern GLOB = Pattern.compile("[*?\\[{]");

  private final List<String> inputs = new ArrayList<>();

  /**
   * Files, folders and globs.
   *
   * @param inputs as commands take them; those of other file systems and tables are left out
   */
  public LocalInputs(Collection<String> inputs) {
    for (String input : inputs) {
      String path = input.startsWith("file:") ? input.replaceFirst("file:/*", "/") : input;
      if (!SCHEME.matcher(path).matches()) {
        this.inputs.add(path);
      }
    }
  }

  /** All that a job reads; not where it starts from, which may be the result it replaces. */
  public static LocalInputs of(Job job) {
    List<String> all = new ArrayList<>(List.of(job.model()));
    for (TaskSpec task : job.tasks()) {
      all.addAll(task.train());
      all.addAll(task.validation());
      all.addAll(task.test());
      if (task.choices() != null) {
        all.addAll(task.choices().files());
      }
    }
    return new LocalInputs(all);
  }

  /**
   * Refuses an output that is an input, lies in a folder of inputs, or that a glob would match: the
   * next run would read it.
   *
   * @throws InvalidJobException if it does
   */
  public void requireNot(Path output) {
    Path place = real(output);
    for (String input : inputs) {
      if (isGlob(input) ? matches(input, place) : place.startsWith(real(Path.of(input)))) {
        throw new InvalidJobException(
            String.format("output %s is among what is read, %s; name another place", output, input),
            null);
      }
    }
  }

  /**
   * As {@link #requireNot}, for a folder, which may also hold no input: it may be replaced.
   *
   * @throws InvalidJobException if it does
   */
  public void requireApart(Path output) {
    requireNot(output);
    Path place = real(output);
    for (String input : inputs) {
      Path path = Path.of(isGlob(input) ? beforeGlob(input) : input);
      if (real(path).startsWith(place) && !(isGlob(input) && real(path).equals(place))) {
        throw new InvalidJobException(
            String.format("output %s holds what is read, %s; name another place", output, input),
            null);
      }
    }
  }

  private static boolean isGlob(String input) {
    return GLOB.matcher(input).find() && !Files.exists(Path.of(input));
  }

  /** The folder above the first part with a wildcard. */
  private static String beforeGlob(String input) {
    String plain = GLOB.split(Path.of(input).toAbsolutePath().toString(), 2)[0];
    return plain.substring(0, plain.lastIndexOf('/') + 1);
  }

  private static boolean matches(String glob, Path place) {
    String folder = beforeGlob(glob);
    String rest = Path.of(glob).toAbsolutePath().toString().substring(folder.length());
    Path start = real(Path.of(folder));
    if (!place.startsWith(start)) {
      return false;
    }
    PathMatcher matcher;
    try {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + rest);
    } catch (PatternSyntaxException e) {
      return false; // whoever reads it says so
    }
    Path below = start.relativize(place);
    for (int parts = 1; parts <= below.getNameCount(); parts++) {
      if (matcher.matches(below.subpath(0, parts))) {
        return true;
      }
    }
    return false;
  }

  /** A path without links, as far as it is there. */
  private static Path real(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    for (Path there = absolute; there != null; there = there.getParent()) {
      if (Files.exists(there)) {
        try {
          return there.toRealPath().resolve(there.relativize(absolute));
        } catch (IOException e) {
          return absolute;
        }
      }
    }
    return absolute;
  }
}
