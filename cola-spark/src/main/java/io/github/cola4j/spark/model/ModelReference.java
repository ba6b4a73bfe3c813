package io.github.cola4j.spark.model;

import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.SparkFiles;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Which frozen model a job uses, small enough to go with every task.
 *
 * @param location {@code classpath:…}, the URI of a file system that all machines see, or a folder
 *     or file as the driver sees it
 * @param fingerprint SHA-256 of its content: an executor that finds another refuses it
 * @param options how its weights are kept and multiplied
 */
public record ModelReference(String location, String fingerprint, WeightOptions options)
    implements Serializable {

  /** A model as its files have it. */
  public ModelReference(String location, String fingerprint) {
    this(location, fingerprint, WeightOptions.DEFAULT);
  }

  /**
   * Refers to a model and, if it is a folder or a file and executors are elsewhere, ships it to
   * them, once an application.
   */
  public static ModelReference of(JavaSparkContext spark, FrozenModel model) {
    String location = model.location();
    ModelReference reference =
        new ModelReference(location, model.fingerprint(), model.weightOptions());
    if (!Locations.hasScheme(location) && !spark.isLocal()) {
      reference.ship(spark);
    }
    return reference;
  }

  /** Where this machine has it: the same place if it is here too, else the shipped one. */
  String resolve() {
    if (Locations.hasScheme(location) || Files.exists(Path.of(location))) {
      return location;
    }
    return SparkFiles.get(shippedName());
  }

  private String shippedName() {
    return "cola-model-" + fingerprint;
  }

  /** Spark ships no folders from a driver's disk, but files, and archives that executors unpack. */
  private void ship(JavaSparkContext spark) {
    String name = shippedName();
    if (spark.sc().listArchives().exists(uri -> uri.endsWith("#" + name))
        || spark.sc().listFiles().exists(uri -> uri.endsWith("/" + name))) {
      return;
    }
    try {
      if (Files.isRegularFile(Path.of(location))) {
        Path copy = Files.createTempDirectory("cola-model").resolve(name);
        Files.copy(Path.of(location), copy);
        copy.toFile().deleteOnExit();
        spark.sc().addFile(copy.toUri().toString());
        return;
      }
      Path archive = Files.createTempDirectory("cola-model").resolve(name + ".zip");
      zip(Path.of(location), archive);
      archive.toFile().deleteOnExit();
      spark.sc().addArchive(archive.toUri() + "#" + name);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot ship the model " + location + " to executors", e);
    }
  }

  /** The folder's own files, not compressed: weights hardly shrink. */
  private static void zip(Path folder, Path archive) throws IOException {
    try (Stream<Path> entries = Files.list(folder);
        OutputStream file = Files.newOutputStream(archive);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.setLevel(Deflater.NO_COMPRESSION);
      List<Path> files = entries.filter(Files::isRegularFile).sorted().toList();
      for (Path path : files) {
        zip.putNextEntry(new ZipEntry(path.getFileName().toString()));
        Files.copy(path, zip);
        zip.closeEntry();
      }
    }
  }
}
