package io.github.cola4j.spark.job.output;

import io.github.cola4j.spark.claim.RemoteClaim;
import io.github.cola4j.spark.claim.Staging;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import org.apache.hadoop.fs.Path;

/** An output file on one of Hadoop's file systems, written in a {@link Staging} folder. */
final class RemoteFile implements OutputFile {
  private static final String NEW = ".new-";

  private final HadoopFiles files;
  private final Path target;
  private final RemoteClaim claim;
  private final Staging staging;

  private RemoteFile(HadoopFiles files, Path target, RemoteClaim claim, Staging staging) {
    this.files = files;
    this.target = target;
    this.claim = claim;
    this.staging = staging;
  }

  /** As {@link OutputFile#requireFree}. */
  static void requireFree(String output, boolean overwrite) {
    Path target = RemotePath.of(output);
    try {
      requireFree(RemotePath.files(target), target, overwrite);
    } catch (IOException e) {
      throw RemotePath.unreachable(target, e);
    }
  }

  private static void requireFree(HadoopFiles files, Path target, boolean overwrite)
      throws IOException {
    if (files.isFolder(target)) {
      throw new InvalidJobException("output " + target + " is a folder; name a file", null);
    }
    if (!overwrite && files.exists(target)) {
      throw LocalFile.exists(target);
    }
    Path bad = target.suffix(BAD);
    if (files.exists(bad) && !isQuarantine(files, bad)) {
      throw LocalFile.somethingElse(target, bad);
    }
  }

  private static boolean isQuarantine(HadoopFiles files, Path bad) throws IOException {
    if (!files.isFile(bad)) {
      return false;
    }
    try (InputStream in = files.open(bad)) {
      return Quarantine.isOne(in);
    }
  }

  /** As {@link OutputFile#claim}. */
  static RemoteFile claim(String output, boolean overwrite) {
    Path target = RemotePath.of(output);
    HadoopFiles files = RemotePath.files(target);
    RemoteClaim claim;
    try {
      claim = RemotePath.claim(files, target);
    } catch (IOException e) {
      throw OutputPath.unwritable(target, e);
    }
    try {
      for (Path left : claim.siblings(NEW)) {
        files.delete(left);
      }
      requireFree(files, target, overwrite);
      return new RemoteFile(files, target, claim, Staging.create());
    } catch (IOException e) {
      RemotePath.release(claim);
      throw OutputPath.unwritable(target, e);
    } catch (RuntimeException e) {
      RemotePath.release(claim);
      throw e;
    }
  }

  @Override
  public java.nio.file.Path lines() {
    return staging.folder().resolve("lines");
  }

  @Override
  public java.nio.file.Path bad() {
    return staging.folder().resolve("bad");
  }

  @Override
  public void publish() throws IOException {
    claim.requireHeld();
    Path besides = target.suffix(BAD);
    boolean hasBad = Files.exists(bad());
    if (hasBad) {
      put(bad(), besides);
    }
    put(lines(), target);
    if (!hasBad && files.exists(besides) && isQuarantine(files, besides)) {
      files.delete(besides);
    }
  }

  /** Written aside and renamed where a reader would see a file that is being written. */
  private void put(java.nio.file.Path from, Path to) throws IOException {
    if (files.showsCompleteFiles()) {
      files.replace(from, to);
      return;
    }
    Path aside = claim.own(NEW);
    try {
      files.upload(from, aside);
      files.delete(to);
      files.rename(aside, to);
    } catch (IOException e) {
      files.deleteQuietly(aside);
      throw e;
    }
  }

  @Override
  public void close() {
    try (staging) {
      claim.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot give back " + target, e);
    }
  }
}
