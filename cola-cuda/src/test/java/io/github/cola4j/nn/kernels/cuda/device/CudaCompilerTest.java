package io.github.cola4j.nn.kernels.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Real NVRTC, without a device: the {@code .cu} resources are compiled for several generations. */
class CudaCompilerTest {
  private static final Logger LOG = LoggerFactory.getLogger(CudaCompilerTest.class);

  /** What ptxas says about a kernel. */
  private static final Pattern PROPERTIES =
      Pattern.compile(
          "Function properties for (?<kernel>\\w+)[^\\n]*\\n[^\\n]*?(?<spills>\\d+) bytes spill"
              + " stores[^\\n]*\\n[^\\n]*Used (?<registers>\\d+) registers");

  @BeforeAll
  static void compilerIsThere() {
    String missing = CudaLibraries.missing();
    assumeTrue(missing == null, missing);
  }

  /**
   * Registers that are spilled to memory make a kernel many times slower, and nothing else tells.
   */
  @ParameterizedTest
  @ValueSource(ints = {80, 90, 100})
  void everyKernelIsCompiledWithoutSpills(int number) {
    CudaCompiler.Target target = new CudaCompiler.Target(number, true);
    StringBuilder table = new StringBuilder(target.option());
    for (String name : CudaSources.names()) {
      String text = CudaSources.text(name);
      CudaCompiler.Compiled compiled = CudaCompiler.compile(name, text, target);
      assertThat(compiled.code()).as(name).startsWith(0x7f, 'E', 'L', 'F');
      List<String> found = new ArrayList<>();
      Matcher matcher = PROPERTIES.matcher(compiled.log());
      while (matcher.find()) {
        found.add(matcher.group("kernel"));
        assertThat(matcher.group("spills")).as(matcher.group("kernel")).isEqualTo("0");
        table
            .append(System.lineSeparator())
            .append(matcher.group("kernel"))
            .append(": registers ")
            .append(matcher.group("registers"))
            .append(", spilled bytes ")
            .append(matcher.group("spills"));
      }
      assertThat(found)
          .as(name)
          .isNotEmpty()
          .containsExactlyInAnyOrderElementsOf(CudaSources.kernels(text));
    }
    LOG.info("{}", table);
  }

  @Test
  void aNewerDeviceTakesIntermediateCode() {
    int[] known = CudaCompiler.known();
    CudaCompiler.Target target = CudaCompiler.Target.of(999, known);
    assertThat(target).isEqualTo(new CudaCompiler.Target(known[known.length - 1], false));
    byte[] code = CudaCompiler.compile("stored", CudaSources.text("stored"), target).code();
    assertThat(new String(code, StandardCharsets.US_ASCII))
        .contains(".target sm_" + target.number());
  }

  @Test
  void anOldDeviceIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CudaCompiler.Target.of(35, CudaCompiler.known()))
        .withMessageContaining("compute capability 3.5 is too old");
  }

  @Test
  void anErrorIsShownWithItsLine() {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(
            () ->
                CudaCompiler.compile(
                    "wrong",
                    "extern \"C\" __global__ void f(float* x) {\n  y[0] = 1;\n}\n",
                    new CudaCompiler.Target(90, true)))
        .withMessageContaining("wrong.cu(2): error");
  }

  @Test
  void compiledKernelsAreKept(@TempDir Path folder) throws IOException {
    CudaCompiler.Target target = new CudaCompiler.Target(90, true);
    Map<String, byte[]> first = CudaBinaries.all(target, folder);
    List<Path> files = list(folder);
    assertThat(files).hasSameSizeAs(CudaSources.names());
    FileTime old = FileTime.fromMillis(1_000_000);
    for (Path file : files) {
      Files.setLastModifiedTime(file, old);
    }
    Map<String, byte[]> second = CudaBinaries.all(target, folder);
    first.forEach((name, code) -> assertThat(second.get(name)).isEqualTo(code));
    for (Path file : list(folder)) {
      assertThat(Files.getLastModifiedTime(file)).isEqualTo(old);
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }
}
