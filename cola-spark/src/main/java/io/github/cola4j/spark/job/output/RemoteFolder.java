package io.github.cola4j.spark.job.output;

import io.github.cola4j.spark.claim.RemoteClaim;
import io.github.cola4j.spark.claim.Staging;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.hadoop.fs.Path;

/**
 * An output on one of Hadoop's file systems. A run writes to a {@link Staging} folder of its own
 * disk, and a {@link FolderUpload} puts that in place.
 */
final class RemoteFolder implements Output {
  private final HadoopFiles files;
  private final Path target;
  private final List<String> marks;
  private final RemoteClaim claim;
  private final FolderUpload upload;
  private final Staging staging;

  private RemoteFolder(
      HadoopFiles files, Path target, List<String> marks, RemoteClaim claim, Staging staging) {
    this.files = files;
    this.target = target;
    this.marks = marks;
    this.claim = claim;
    this.staging = staging;
    this.upload = new FolderUpload(files, target, marks, claim);
  }

  /** As {@link Output#requireFree}, without the place for oneself. */
  static void requireFree(String output, boolean overwrite, List<String> marks) {
    Path target = RemotePath.of(output);
    HadoopFiles files = RemotePath.files(target);
    try {
      requireFolder(files, target);
      if (!FolderUpload.isInterrupted(files, target)) {
        requireFree(files, target, overwrite, marks);
      }
    } catch (IOException e) {
      throw RemotePath.unreachable(target, e);
    }
  }

  private static void requireFolder(HadoopFiles files, Path target) throws IOException {
    if (files.isFile(target)) {
      throw new InvalidJobException("output " + target + " is a file; name a folder", null);
    }
  }

  private static void requireFree(
      HadoopFiles files, Path target, boolean overwrite, List<String> marks) throws IOException {
    if (files.list(target).isEmpty()) {
      return;
    }
    for (String mark : marks) {
      if (!files.isFile(new Path(target, mark))) {
        throw notOurs(target, mark);
      }
    }
    if (!overwrite) {
      throw taken(target);
    }
  }

  static InvalidJobException notOurs(Object target, String mark) {
    return new InvalidJobException(
        String.format(
            "output %s is not empty and has no %s, so it is not the result of an earlier job,"
                + " which --overwrite may delete; name another folder",
            target, mark),
        null);
  }

  static InvalidJobException taken(Object target) {
    return new InvalidJobException(
        "output " + target + " is not empty; name another folder, or allow --overwrite", null);
  }

  /** As {@link Output#claim}; finishes or deletes what killed runs began to put in place. */
  static RemoteFolder claim(String output, List<String> marks) {
    Path target = RemotePath.of(output);
    HadoopFiles files = RemotePath.files(target);
    RemoteClaim claim;
    try {
      requireFolder(files, target);
      claim = RemotePath.claim(files, target);
    } catch (IOException e) {
      throw OutputPath.unwritable(target, e);
    }
    try {
      RemoteFolder folder = new RemoteFolder(files, target, marks, claim, Staging.create());
      try {
        folder.upload.finishOthers();
        return folder;
      } catch (IOException | RuntimeException e) {
        folder.staging.close();
        throw e;
      }
    } catch (IOException e) {
      RemotePath.release(claim);
      throw OutputPath.unwritable(target, e);
    } catch (RuntimeException e) {
      RemotePath.release(claim);
      throw e;
    }
  }

  @Override
  public java.nio.file.Path path() {
    return staging.folder();
  }

  @Override
  public String shared() {
    return upload.aside().toString();
  }

  @Override
  public void requireFree(boolean overwrite) {
    try {
      requireFree(files, target, overwrite, marks);
    } catch (IOException e) {
      throw RemotePath.unreachable(target, e);
    }
  }

  @Override
  public InputStream open(String name) throws IOException {
    Path file = new Path(target, name);
    return files.isFile(file) ? files.open(file) : null;
  }

  @Override
  public void commit() {
    try {
      upload.publish(staging.folder());
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("cannot write " + target + ": " + WriteFailure.reason(e), e));
    }
  }

  @Override
  public void close() {
    try (staging) {
      upload.discard();
      claim.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot give back " + target, e);
    }
  }
}
