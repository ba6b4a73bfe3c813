package io.github.cola4j.spark.job.output;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.claim.ClaimedFolder;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** An output file on the driver's disk, written in a {@link ClaimedFolder} beside it. */
final class LocalFile implements OutputFile {
  private final ClaimedFolder claimed;

  private LocalFile(ClaimedFolder claimed) {
    this.claimed = claimed;
  }

  /** As {@link OutputFile#requireFree}. */
  static void requireFree(Path output, boolean overwrite) {
    OutputPath.requireLinked(output);
    if (Files.isDirectory(output)) {
      throw new InvalidJobException("output " + output + " is a folder; name a file", null);
    }
    if (!AtomicFile.isSpecial(output)) {
      requireReplaceable(output, overwrite);
    }
  }

  private static void requireReplaceable(Path output, boolean overwrite) {
    if (Files.exists(output) && !overwrite) {
      throw exists(output);
    }
    Path bad = bad(output);
    if (Files.exists(bad, LinkOption.NOFOLLOW_LINKS) && !Quarantine.isOne(bad)) {
      throw somethingElse(output, bad);
    }
  }

  static InvalidJobException exists(Object output) {
    return new InvalidJobException(
        "output " + output + " exists; name another file, or allow --overwrite", null);
  }

  static InvalidJobException somethingElse(Object output, Object bad) {
    return new InvalidJobException(
        String.format(
            "output %s: bad rows would go to %s, which has something else; move that away, or"
                + " name another file",
            output, bad),
        null);
  }

  /** As {@link OutputFile#claim}. */
  static OutputFile claim(Path output, boolean overwrite) {
    if (AtomicFile.isSpecial(output)) {
      return new Device(output);
    }
    ClaimedFolder claimed;
    try {
      claimed = ClaimedFolder.of(OutputPath.real(output));
    } catch (ClaimedException e) {
      throw new InvalidJobException(e.getMessage(), e);
    } catch (IOException e) {
      throw OutputPath.unwritable(output, e);
    }
    LocalFile file = new LocalFile(claimed);
    try {
      claimed.deleteLeft();
      requireReplaceable(output, overwrite);
      return file;
    } catch (InvalidJobException e) {
      file.close();
      throw e;
    } catch (IOException e) {
      file.close();
      throw OutputPath.unwritable(output, e);
    }
  }

  /**
   * A pipe or a device.
   *
   * @param lines what it is
   */
  private record Device(Path lines) implements OutputFile {
    @Override
    public Path bad() {
      return null;
    }

    @Override
    public void publish() {
      // the lines are there
    }

    @Override
    public void close() {
      // nothing is claimed
    }
  }

  private static Path bad(Path file) {
    return file.resolveSibling(file.getFileName() + BAD);
  }

  @Override
  public Path lines() {
    return claimed.path().resolve("lines");
  }

  @Override
  public Path bad() {
    return claimed.path().resolve("bad");
  }

  @Override
  public void publish() throws IOException {
    Path target = claimed.target();
    boolean hasBad = Files.exists(bad());
    if (hasBad) {
      AtomicFile.move(bad(), bad(target));
    }
    AtomicFile.move(lines(), target);
    if (!hasBad && Quarantine.isOne(bad(target))) {
      Files.delete(bad(target));
    }
  }

  @Override
  public void close() {
    try {
      claimed.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + claimed.path(), e);
    }
  }
}
