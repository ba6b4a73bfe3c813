package io.github.cola4j.dl4j;

import io.github.cola4j.io.Sha256;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.loader.ModelFiles;
import io.github.cola4j.model.loader.ModelLoader;
import io.github.cola4j.nn.stored.WeightOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;

/** Loads {@link StoredNetwork}s: the zip files of Deeplearning4j's {@code ModelSerializer}. */
public final class NetworkLoader implements ModelLoader {
  private static final byte[] ZIP = {'P', 'K', 3, 4};

  /** For {@link java.util.ServiceLoader}. */
  public NetworkLoader() {}

  @Override
  public String loads() {
    return "a zip file that Deeplearning4j's ModelSerializer wrote";
  }

  @Override
  public boolean accepts(String location) {
    try {
      Path file = Path.of(location);
      if (!Files.isRegularFile(file)) {
        return false;
      }
      try (InputStream in = Files.newInputStream(file)) {
        return Arrays.equals(in.readNBytes(ZIP.length), ZIP);
      }
    } catch (InvalidPathException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the model " + location + ": " + e, e);
    }
  }

  @Override
  public ModelFiles open(String location) {
    return new Network(location, fingerprint(location));
  }

  /** SHA-256 of a network's file. */
  static String fingerprint(String location) {
    try (InputStream in = Files.newInputStream(Path.of(location))) {
      return Sha256.of(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the network " + location + ": " + e, e);
    }
  }

  private record Network(String location, String fingerprint) implements ModelFiles {
    @Override
    public FrozenModel load(WeightOptions options) {
      if (!options.equals(WeightOptions.DEFAULT)) {
        throw new IllegalArgumentException(
            location
                + " is a Deeplearning4j network, which is computed in the type that it was made in;"
                + " leave out "
                + options);
      }
      return StoredNetwork.load(location, fingerprint);
    }

    /** Nothing stays open. */
    @Override
    public void close() {}
  }
}
