package io.github.cola4j.spark;

import io.github.cola4j.io.HuggingFaceModel;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkFiles;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Which frozen model a job uses, small enough to go with every task.
 *
 * @param location {@code classpath:…}, or a folder as the driver sees it
 * @param fingerprint SHA-256 of its content: an executor that finds another refuses it
 */
public record ModelReference(String location, String fingerprint) implements Serializable {

  /** Refers to a model and, if it is a folder and executors are elsewhere, ships it to them. */
  public static ModelReference of(JavaSparkContext spark, String location, String fingerprint) {
    if (!location.startsWith(HuggingFaceModel.CLASSPATH) && !spark.isLocal()) {
      spark.sc().addFile(Path.of(location).toAbsolutePath().toString(), true);
    }
    return new ModelReference(location, fingerprint);
  }

  /** Where this machine has it. */
  String resolve() {
    if (location.startsWith(HuggingFaceModel.CLASSPATH)) {
      return location;
    }
    Path here = Path.of(location);
    return Files.isDirectory(here)
        ? here.toString()
        : SparkFiles.get(here.toAbsolutePath().normalize().getFileName().toString());
  }
}
