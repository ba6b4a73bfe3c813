package io.github.cola4j.spark.track;

import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where a run's artifacts are: with the tracking server, on this machine's disk, or on one of
 * Hadoop's file systems.
 */
final class RunArtifacts {
  private static final String PROXIED = "mlflow-artifacts";

  /** MLflow's names for what Hadoop has by another. */
  private static final Map<String, String> SCHEMES = Map.of("s3", "s3a");

  private final MlflowServer server;
  private final String root;

  /**
   * The artifacts of a run.
   *
   * @param root its {@code artifact_uri}
   */
  RunArtifacts(MlflowServer server, String root) {
    this.server = server;
    this.root = root;
  }

  /** The URI of an artifact. */
  String uri(String name) {
    return root + "/" + name;
  }

  /** Stores a file, or a folder with all it has. */
  void put(Path from, String name) throws IOException {
    if (!Files.isDirectory(from)) {
      putFile(from, name);
      return;
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(from)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      putFile(file, name + "/" + from.relativize(file).toString().replace('\\', '/'));
    }
  }

  private void putFile(Path file, String name) throws IOException {
    URI uri = URI.create(uri(name).replace(" ", "%20"));
    String scheme = uri.getScheme();
    if (scheme == null || scheme.equals("file")) {
      Path target = Path.of(uri.getPath());
      Files.createDirectories(target.getParent());
      Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
    } else if (scheme.equals(PROXIED)) {
      server.put(uri.getPath().replaceFirst("^/+", ""), file);
    } else {
      String known = SCHEMES.getOrDefault(scheme, scheme);
      var target = new org.apache.hadoop.fs.Path(known + uri(name).substring(scheme.length()));
      try {
        HadoopFiles.of(target).replace(file, target);
      } catch (IllegalArgumentException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }
}
