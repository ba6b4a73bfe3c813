package io.github.cola4j.spark.job;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.model.HuggingFaceModel;
import io.github.cola4j.spark.claim.Staging;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.storage.HadoopFiles;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A folder with an adapter, or with several, as a folder of this machine: itself, or a copy of one
 * on one of Hadoop's file systems, which closing deletes.
 */
public final class LocalFolder implements AutoCloseable {
  /** Where a job's output has its adapters. */
  private static final String ADAPTERS = "adapters";

  private final String location;
  private final java.nio.file.Path path;
  private final Staging copy; // null for none

  private LocalFolder(String location, java.nio.file.Path path, Staging copy) {
    this.location = location;
    this.path = path;
    this.copy = copy;
  }

  /**
   * Of a path or URI; of a job's output, the folder of its adapters.
   *
   * @throws IllegalArgumentException if it is a URI whose file system cannot be reached, or where
   *     there is no adapter
   */
  public static LocalFolder of(String location) throws IOException {
    if (!Locations.isRemote(location)) {
      java.nio.file.Path path = Locations.local(location);
      java.nio.file.Path adapters = path.resolve(ADAPTERS);
      if (!Files.isDirectory(path)) {
        requireFinished(location, path.resolveSibling(path.getFileName() + ".checkpoints"));
      }
      boolean isRun =
          !AdapterStore.isAdapter(path)
              && !Files.exists(path.resolve(PeftExport.DESCRIPTION))
              && Files.isDirectory(adapters);
      return new LocalFolder(location, isRun ? adapters : path, null);
    }
    Path folder = new Path(location);
    HadoopFiles files = HadoopFiles.of(folder);
    if (!files.isFile(new Path(folder, AdapterStore.DESCRIPTION))
        && files.isFolder(new Path(folder, ADAPTERS))) {
      folder = new Path(folder, ADAPTERS);
    }
    Staging staging = Staging.create();
    LocalFolder local =
        new LocalFolder(location, staging.folder().resolve(folder.getName()), staging);
    try {
      if (!copy(files, folder, local.path)) {
        boolean any = false;
        for (FileStatus below : files.list(folder)) {
          any |= copy(files, below.getPath(), local.path.resolve(below.getPath().getName()));
        }
        if (!any) {
          throw new IllegalArgumentException(
              location + " holds no adapter: expected " + AdapterStore.DESCRIPTION);
        }
      }
      return local;
    } catch (IOException | RuntimeException e) {
      local.close();
      throw e;
    }
  }

  /** Says of a run that did not end what to do; its checkpoints are no adapters. */
  private static void requireFinished(String location, java.nio.file.Path checkpoints) {
    if (Files.isDirectory(checkpoints)) {
      throw new IllegalArgumentException(
          String.format(
              "%s is not there: its run did not end, and has left checkpoints in %s; end it by"
                  + " cola train with --resume",
              location, checkpoints));
    }
  }

  /** Whether a path or URI is the folder of one adapter of ours. */
  public static boolean isAdapter(String location) throws IOException {
    if (location.startsWith(HuggingFaceModel.CLASSPATH)) {
      return false;
    }
    if (!Locations.isRemote(location)) {
      return AdapterStore.isAdapter(Locations.local(location));
    }
    Path folder = new Path(location);
    return HadoopFiles.of(folder).isFile(new Path(folder, AdapterStore.DESCRIPTION));
  }

  /** Copies the files of a folder that is an adapter's, ours or PEFT's. */
  private static boolean copy(HadoopFiles files, Path from, java.nio.file.Path to)
      throws IOException {
    if (!files.isFile(new Path(from, AdapterStore.DESCRIPTION))
        && !files.isFile(new Path(from, PeftExport.DESCRIPTION))) {
      return false;
    }
    Files.createDirectories(to);
    for (FileStatus file : files.list(from)) {
      if (file.isFile()) {
        try (InputStream in = files.open(file.getPath())) {
          long bytes = Files.copy(in, to.resolve(file.getPath().getName()));
          if (bytes != file.getLen()) {
            throw new IOException(
                String.format(
                    "%s: expected %,d bytes, got %,d", file.getPath(), file.getLen(), bytes));
          }
        }
      }
    }
    return true;
  }

  /** All of several, none where one cannot be copied. */
  public static List<LocalFolder> all(List<String> locations) throws IOException {
    List<LocalFolder> all = new ArrayList<>();
    try {
      for (String location : locations) {
        all.add(of(location));
      }
      return all;
    } catch (IOException | RuntimeException e) {
      for (LocalFolder folder : all) {
        folder.close();
      }
      throw e;
    }
  }

  /** Where it is on this machine. */
  public java.nio.file.Path path() {
    return path;
  }

  /** What is done with a folder. */
  public interface Use<T> {
    T of(java.nio.file.Path folder) throws IOException;
  }

  /** Uses it; messages of what fails name its own location. */
  public <T> T use(Use<T> use) throws IOException {
    try {
      return use.of(path);
    } catch (InvalidJobException e) {
      throw new InvalidJobException(named(e), e);
    } catch (IllegalArgumentException e) {
      throw copy == null ? e : new IllegalArgumentException(named(e), e);
    }
  }

  private String named(Exception e) {
    return copy == null
        ? e.getMessage()
        : String.valueOf(e.getMessage()).replace(path.toString(), location);
  }

  @Override
  public void close() throws IOException {
    if (copy != null) {
      copy.close();
    }
  }
}
