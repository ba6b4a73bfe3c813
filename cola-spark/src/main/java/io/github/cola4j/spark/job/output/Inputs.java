package io.github.cola4j.spark.job.output;

import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.spark.storage.HadoopFiles;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What a command reads: its output must not be among it. */
public final class Inputs {
  private static final Pattern GLOB = Pattern.compile("[*?\\[{]");

  private final List<String> inputs;

  /**
   * Files, folders and globs.
   *
   * @param inputs as commands take them; tables and what is on the class path are left out
   */
  public Inputs(Collection<String> inputs) {
    this.inputs = List.copyOf(inputs);
  }

  /** All that a job reads; not where it starts from, which may be the result it replaces. */
  public static Inputs of(Job job) {
    List<String> all = new ArrayList<>(List.of(job.model()));
    for (TaskSpec task : job.tasks()) {
      all.addAll(task.train());
      all.addAll(task.validation());
      all.addAll(task.test());
      if (task.choices() != null) {
        all.addAll(task.choices().files());
      }
    }
    return new Inputs(all);
  }

  /**
   * Refuses an output that is an input, lies in a folder of inputs, or that a glob would match: the
   * next run would read it.
   *
   * @throws InvalidJobException if it does
   */
  public void requireNot(String output) {
    view(output).requireNot();
  }

  /**
   * As {@link #requireNot}, for a folder, which may also hold no input: it may be replaced.
   *
   * @throws InvalidJobException if it does
   */
  public void requireApart(String output) {
    view(output).requireNot();
    view(output).requireApart();
  }

  private View view(String output) {
    return Locations.isRemote(output) ? onFileSystem(output) : onDisk(output);
  }

  private View onDisk(String output) {
    List<String> local = new ArrayList<>();
    for (String input : inputs) {
      if (!Locations.isRemote(input)) {
        local.add(OutputPath.local(input).toString());
      }
    }
    return new View(output, OutputPath.local(output), local, true);
  }

  /** Those on the file system of an output, as paths of that. */
  private View onFileSystem(String output) {
    URI place = RemotePath.qualified(RemotePath.of(output));
    List<String> there = new ArrayList<>();
    for (String input : inputs) {
      try {
        org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(input);
        URI uri = HadoopFiles.of(path).qualified(path).toUri();
        if (Objects.equals(uri.getScheme(), place.getScheme())
            && Objects.equals(uri.getAuthority(), place.getAuthority())) {
          there.add(uri.getPath());
        }
      } catch (IllegalArgumentException e) {
        // a table, a model on the class path, or what its reader will refuse
      }
    }
    return new View(output, Path.of(place.getPath()), there, false);
  }

  /**
   * The inputs on one file system.
   *
   * @param output as the user named it
   * @param place where that is
   * @param inputs paths
   * @param onDisk whether this machine's file system can be asked for links and what is there
   */
  private record View(String output, Path place, List<String> inputs, boolean onDisk) {

    void requireNot() {
      Path real = real(place);
      for (String input : inputs) {
        if (isGlob(input) ? matches(input, real) : real.startsWith(real(Path.of(input)))) {
          throw new InvalidJobException(
              String.format(
                  "output %s is among what is read, %s; name another place", output, input),
              null);
        }
      }
    }

    void requireApart() {
      Path real = real(place);
      for (String input : inputs) {
        Path path = Path.of(isGlob(input) ? beforeGlob(input) : input);
        if (real(path).startsWith(real) && !(isGlob(input) && real(path).equals(real))) {
          throw new InvalidJobException(
              String.format("output %s holds what is read, %s; name another place", output, input),
              null);
        }
      }
    }

    private boolean isGlob(String input) {
      return GLOB.matcher(input).find() && !(onDisk && Files.exists(Path.of(input)));
    }

    /** The folder above the first part with a wildcard. */
    private static String beforeGlob(String input) {
      String plain = GLOB.split(Path.of(input).toAbsolutePath().toString(), 2)[0];
      return plain.substring(0, plain.lastIndexOf('/') + 1);
    }

    private boolean matches(String glob, Path place) {
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
    private Path real(Path path) {
      Path absolute = path.toAbsolutePath().normalize();
      if (!onDisk) {
        return absolute;
      }
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
}
