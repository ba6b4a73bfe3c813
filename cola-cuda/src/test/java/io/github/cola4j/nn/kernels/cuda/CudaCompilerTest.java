package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real NVRTC, without a device: the {@code .cu} resources are compiled for several generations. */
class CudaCompilerTest {

  @BeforeAll
  static void compilerIsThere() {
    String missing = CudaLibraries.missing();
    assumeTrue(missing == null, missing);
  }

  @ParameterizedTest
  @ValueSource(ints = {80, 90, 100})
  void everyKernelIsCompiled(int number) {
    Map<String, byte[]> binaries = CudaBinaries.all(new CudaCompiler.Target(number, true), null);
    assertThat(binaries.keySet()).containsExactlyElementsOf(CudaSources.names());
    binaries.forEach(
        (name, code) -> {
          assertThat(code).as(name).startsWith(0x7f, 'E', 'L', 'F');
          List<String> kernels = CudaSources.kernels(CudaSources.text(name));
          assertThat(kernels).as(name).isNotEmpty().doesNotHaveDuplicates();
          String symbols = new String(code, java.nio.charset.StandardCharsets.ISO_8859_1);
          assertThat(kernels).as(name).allMatch(kernel -> symbols.contains(".text." + kernel));
        });
  }

  @Test
  void aNewerDeviceTakesIntermediateCode() {
    int[] known = CudaCompiler.known();
    CudaCompiler.Target target = CudaCompiler.Target.of(999, known);
    assertThat(target).isEqualTo(new CudaCompiler.Target(known[known.length - 1], false));
    byte[] code = CudaCompiler.compile("stored", CudaSources.text("stored"), target);
    assertThat(new String(code, java.nio.charset.StandardCharsets.US_ASCII))
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
