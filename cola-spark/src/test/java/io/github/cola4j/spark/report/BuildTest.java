package io.github.cola4j.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The build by jars that have this project's classes, each with a manifest of its own. */
class BuildTest {
  private static final String CLASS = Build.class.getName().replace('.', '/') + ".class";

  @TempDir Path folder;

  /** What the class in a jar prints of itself. */
  private String printed(String... attributes) throws Exception {
    Path jar = folder.resolve("a jar.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    for (int i = 0; i < attributes.length; i += 2) {
      manifest.getMainAttributes().putValue(attributes[i], attributes[i + 1]);
    }
    write(jar, manifest);
    URL[] urls = {jar.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
      Class<?> type = loader.loadClass(Build.class.getName());
      return type.getMethod("running").invoke(null).toString();
    }
  }

  private static void write(Path jar, Manifest manifest) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      out.putNextEntry(new JarEntry(CLASS));
      out.write(Build.class.getResourceAsStream("Build.class").readAllBytes());
    }
  }

  @Test
  void aJarHasVersionAndCommit() throws Exception {
    assertThat(printed("Implementation-Version", "1.2.3", "Git-Commit", "0123456789ab-dirty"))
        .isEqualTo("1.2.3 (commit 0123456789ab-dirty)");
  }

  @Test
  void aJarOfAnotherBuildNeedNotHaveThem() throws Exception {
    assertThat(printed("Implementation-Version", "1.2.3")).isEqualTo("1.2.3 (commit unknown)");
    assertThat(printed()).isEqualTo("(not packaged)");
  }

  @Test
  void classesOutsideOfAJarAreNoVersion() {
    assertThat(Build.running()).isEqualTo(new Build(null, "unknown"));
    assertThat(Build.running()).hasToString("(not packaged)");
  }
}
