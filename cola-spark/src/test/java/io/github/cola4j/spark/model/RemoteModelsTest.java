package io.github.cola4j.spark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.checkpoint.FaultyFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteModelsTest {
  private static final String SETTING = "spark.hadoop.fs.faulty.impl";
  private static final String CACHE = "spark.cola4j.modelCache";

  @TempDir Path folder;

  @BeforeEach
  void set() {
    System.setProperty(SETTING, FaultyFileSystem.class.getName());
    System.setProperty(CACHE, folder.resolve("cache").toString());
  }

  @AfterEach
  void clear() {
    System.clearProperty(SETTING);
    System.clearProperty(CACHE);
  }

  private List<String> cached() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("cache"))) {
      return all.filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void aModelIsCopiedOnceUntilItsFilesChange() throws IOException {
    Path model = TinyModel.copyTo(folder.resolve("model"));
    Files.writeString(model.resolve("pytorch_model.bin"), "not needed");
    String uri = "faulty://" + model;
    BaseModel loaded = BaseModel.load(uri);
    assertThat(loaded.location()).isEqualTo(uri);
    assertThat(loaded.fingerprint())
        .isEqualTo(BaseModel.load(TinyModel.FOLDER.toString()).fingerprint());
    assertThat(cached()).singleElement().asString().matches("[0-9a-f]{64}");
    Path copy = folder.resolve("cache").resolve(cached().get(0));
    assertThat(copy).isDirectoryNotContaining("glob:**.bin");
    Object made = Files.getLastModifiedTime(copy);

    Files.createDirectory(copy.resolveSibling("x.part")); // of another model, killed
    BaseModel.load(uri);
    assertThat(Files.getLastModifiedTime(copy)).isEqualTo(made);
    Files.writeString(model.resolve("tokenizer_config.json"), "{ }");
    BaseModel.load(uri);
    assertThat(cached()).hasSize(3).contains("x.part");
  }

  /** In a folder that all users share. */
  @Test
  void aCacheThatOthersMayWriteToIsRefused() throws IOException {
    Path cache = RemoteModels.own(folder.resolve("mine"));
    assertThat(Files.getPosixFilePermissions(cache))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    assertThat(RemoteModels.own(cache)).isEqualTo(cache);
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatIOException()
        .isThrownBy(() -> RemoteModels.own(cache))
        .withMessageContainingAll(cache.toString(), "spark.cola4j.modelCache");
  }

  @Test
  void whatIsNotThereIsSaid() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseModel.load("faulty:///nothing"))
        .withMessageContaining("model 'faulty:/nothing': there is no such folder");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseModel.load("abfs://disk@account/model"))
        .withMessageContaining("--packages org.apache.hadoop:hadoop-azure:");
    assertThat(BaseModel.load(TinyModel.FOLDER.toUri().toString()).fingerprint())
        .isEqualTo(BaseModel.load(TinyModel.FOLDER.toString()).fingerprint());
  }
}
