package io.github.cola4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is in the one jar for {@code spark-submit}. Runs after {@code package}. */
class AssemblyIT {
  private static final Pattern NATIVE =
      Pattern.compile(".*\\.(so(\\.\\d+)*|dylib|jnilib|dll|a|lib|obj|exp)");

  private static List<String> entries;

  @BeforeAll
  static void list() throws IOException {
    assumeThat(StandaloneCluster.ASSEMBLY).as("with profile assembly").isNotEmpty();
    try (JarFile jar = new JarFile(StandaloneCluster.ASSEMBLY)) {
      entries = jar.stream().map(ZipEntry::getName).toList();
    }
  }

  private static List<String> natives() {
    return entries.stream().filter(entry -> NATIVE.matcher(entry).matches()).toList();
  }

  @Test
  void everyNativeIsOfThePlatformAndThereOnce() {
    String folders = System.getProperty("cola.native.folders");
    assertThat(natives())
        .isNotEmpty()
        .allMatch(entry -> entry.matches(".*/(" + folders + ")/.*"), "in " + folders)
        .extracting(entry -> entry.substring(entry.lastIndexOf('/') + 1))
        .doesNotHaveDuplicates()
        .anyMatch(name -> name.contains("nd4jcpu"))
        .anyMatch(name -> name.contains("openblas."))
        .anyMatch(name -> name.contains("dnnl."))
        .anyMatch(name -> name.contains("jnidispatch"))
        .anyMatch(name -> name.contains("tokenizers."));
  }

  @Test
  void thereAreNoHeadersAndNoModel() {
    assertThat(entries)
        .noneMatch(entry -> entry.matches(".*[.](h|hpp|cmake|pc|onnx)"))
        .contains("net/sf/extjwnl/data/wordnet/wn31/data.noun");
  }

  /** By their poms; lib-cluster has what the jar bundles, and the quickstart's model. */
  @Test
  void everyBundledLibraryIsListedWithItsLicense() throws IOException {
    List<String> listed;
    try (JarFile jar = new JarFile(StandaloneCluster.ASSEMBLY)) {
      String text = read(jar, "META-INF/licenses/THIRD-PARTY.txt");
      listed =
          Pattern.compile("(?m)^ *(\\(.+\\)) .*[ (][^: ]+:([^: ]+):([^: ]+) - ")
              .matcher(text)
              .results()
              .filter(line -> !line.group(1).toLowerCase(Locale.ROOT).contains("unknown"))
              .map(line -> line.group(2) + "-" + line.group(3))
              .toList();
      assertThat(read(jar, "META-INF/LICENSE")).contains("Apache License");
    }
    try (Stream<Path> files =
        Files.list(Path.of(System.getProperty("cola.target"), "lib-cluster"))) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".jar", "")))
          .filteredOn(name -> !name.startsWith("cola-") && !name.startsWith("langchain4j-"))
          .hasSizeGreaterThan(30)
          .allMatch(name -> listed.stream().anyMatch(name::startsWith), "is listed");
    }
    assertThat(listed)
        .noneMatch(
            name ->
                name.matches("(spark|jackson-core|slf4j-api|commons-codec|langchain4j|cola)-.*"));
    assertThat(entries).anyMatch(entry -> entry.matches("META-INF/licenses/.*uplot.*/LICENSE"));
  }

  private static String read(JarFile jar, String entry) throws IOException {
    try (InputStream in = jar.getInputStream(jar.getEntry(entry))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  @Test
  void itHasItsNameSinceItIsWhole() {
    assertThat(Path.of(StandaloneCluster.ASSEMBLY)).exists();
    assertThat(Path.of(StandaloneCluster.ASSEMBLY + ".part")).doesNotExist();
  }
}
