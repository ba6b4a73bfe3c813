package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
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

  @Test
  void itHasItsNameSinceItIsWhole() {
    assertThat(Path.of(StandaloneCluster.ASSEMBLY)).exists();
    assertThat(Path.of(StandaloneCluster.ASSEMBLY + ".part")).doesNotExist();
  }
}
