package io.github.cola4j.spark.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.checkpoint.FaultyFileSystem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterFolderTest {
  private static final BaseModel MODEL = BaseModel.load(TinyTasks.folder().toString());
  private static final Configuration HADOOP = new Configuration(false);

  @TempDir Path local;

  private static TrainedAdapter adapter(long seed, boolean moments) {
    AdapterConfig config = AdapterConfig.defaults();
    AdaptedModules modules = new AdaptedModules(MODEL.linears(), config);
    float[] theta = random(modules.layout(2, 32).length(), seed);
    AdapterStore.Description description =
        new AdapterStore.Description(
            1, "topic", List.of("a", "b"), MODEL.location(), MODEL.fingerprint(), 32, config, null);
    TrainedAdapter adapter = TrainedAdapter.of(description, modules, theta, modules.initial(seed));
    float[] m = random(theta.length, seed + 1);
    float[] v = random(theta.length, seed + 2);
    return moments ? adapter.withMoments(new AdapterMoments(m, v, 7)) : adapter;
  }

  private static float[] random(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextDouble();
    }
    return values;
  }

  private AdapterFolder folder(String name) {
    return AdapterFolder.at(HADOOP, local.resolve(name).toUri().toString());
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void isTheFolderThatTheStoreWrites() throws IOException {
    TrainedAdapter adapter = adapter(1, true);
    folder("deep/adapter").save(adapter);
    AdapterStore.save(local.resolve("plain"), adapter);

    List<String> files = List.of("adapter.json", "adapter.safetensors", "moments.safetensors");
    assertThat(names(local.resolve("deep/adapter"))).isEqualTo(files);
    assertThat(names(local.resolve("deep"))).as("nothing aside").containsExactly("adapter");
    for (String file : files) {
      assertThat(local.resolve("deep/adapter").resolve(file))
          .hasSameBinaryContentAs(local.resolve("plain").resolve(file));
    }
  }

  @Test
  void allOfItIsLoadedAgain() {
    TrainedAdapter adapter = adapter(1, true);
    AdapterFolder folder = folder("adapter");
    folder.save(adapter);

    assertThat(folder.describe()).isEqualTo(adapter.description());
    assertThat(folder.loadModel().fingerprint()).isEqualTo(MODEL.fingerprint());
    TrainedAdapter loaded = folder.load(MODEL);
    assertThat(loaded.description()).isEqualTo(adapter.description());
    assertThat(loaded.layout()).isEqualTo(adapter.layout());
    assertThat(loaded.theta()).containsExactly(adapter.theta());
    assertThat(loaded.initial()).containsExactly(adapter.initial());
    AdapterMoments moments = loaded.moments().orElseThrow();
    assertThat(moments.m()).containsExactly(adapter.moments().orElseThrow().m());
    assertThat(moments.v()).containsExactly(adapter.moments().orElseThrow().v());
    assertThat(moments.steps()).isEqualTo(7);
    assertThat(folder.loadParameters(MODEL).moments()).isEmpty();
  }

  @Test
  void anAdapterIsReplacedOnlyWhenAsked() throws IOException {
    AdapterFolder folder = folder("adapter");
    folder.save(adapter(1, true));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folder.save(adapter(2, false)))
        .withMessageContaining(folder.uri() + " has an adapter already");
    assertThat(folder.load(MODEL).theta()).containsExactly(adapter(1, true).theta());

    folder.replace(adapter(2, false));
    assertThat(folder.load(MODEL).theta()).containsExactly(adapter(2, false).theta());
    assertThat(names(local.resolve("adapter"))).doesNotContain(AdapterMoments.FILE);
    assertThat(names(local)).containsExactly("adapter");
  }

  @Test
  void anotherFolderIsLeftAsItIs() throws IOException {
    Files.writeString(Files.createDirectory(local.resolve("mine")).resolve("notes.txt"), "mine");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folder("mine").replace(adapter(1, false)))
        .withMessageContaining("something else than an adapter");
    assertThat(names(local.resolve("mine"))).containsExactly("notes.txt");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterFolder.at(HADOOP, "file:/"))
        .withMessageContaining("root");
  }

  /** Without a description, which comes last, there is no adapter. */
  @Test
  void whatAKilledUploadLeftIsNoAdapter() throws IOException {
    folder("adapter").save(adapter(1, false));
    Files.delete(local.resolve("adapter/adapter.json"));
    assertThat(folder("adapter").exists()).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folder("adapter").load(MODEL))
        .withMessageContaining("holds no adapter: expected adapter.json");
    folder("adapter").save(adapter(2, false));
    assertThat(folder("adapter").load(MODEL).theta()).containsExactly(adapter(2, false).theta());

    Files.move(local.resolve("adapter"), local.resolve(".adapter.old-1"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folder("adapter").describe())
        .withMessageContaining("the one before is", ".adapter.old-1");
  }

  @Test
  void aFullDiskLeavesTheOldAdapter() throws IOException {
    folder("adapter").save(adapter(1, false));
    Configuration full = new Configuration(false);
    full.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    full.setBoolean("fs.faulty.impl.disable.cache", true);
    full.setLong("faulty.bytes", Files.size(local.resolve("adapter/adapter.safetensors")));
    AdapterFolder faulty = AdapterFolder.at(full, "faulty://" + local.resolve("adapter"));
    assertThatThrownBy(() -> faulty.replace(adapter(2, true)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot save the adapter to " + faulty.uri())
        .hasMessageContaining("No space left on device");
    assertThat(folder("adapter").load(MODEL).theta()).containsExactly(adapter(1, false).theta());
    assertThat(names(local)).containsExactly("adapter");
  }

  @Test
  void damageIsToldWithThePlace() throws IOException {
    folder("adapter").save(adapter(1, false));
    Path tensors = local.resolve("adapter/adapter.safetensors");
    byte[] good = Files.readAllBytes(tensors);
    Files.write(tensors, java.util.Arrays.copyOf(good, good.length - 100));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folder("adapter").load(MODEL))
        .withMessageContaining(folder("adapter").uri() + "/adapter.safetensors");
    try (RandomAccessFile huge = new RandomAccessFile(tensors.toFile(), "rw")) {
      huge.setLength(1L << 33); // sparse: it takes no disk
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folder("adapter").load(MODEL))
        .withMessageContaining("adapter.safetensors has 8,589,934,592 bytes, expected ");
    Files.delete(tensors);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folder("adapter").load(MODEL))
        .withMessageContaining("has no adapter.safetensors");
    Files.writeString(local.resolve("adapter/adapter.json"), "{\"format\": 9}");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folder("adapter").describe())
        .withMessageContaining(folder("adapter").uri() + "/adapter.json: expected format 1");
  }

  @Test
  void anotherModelIsRefused() throws IOException {
    folder("adapter").save(adapter(1, false));
    BaseModel other = BaseModel.load(TinyTasks.copy(local.resolve("model"), "  \n").toString());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folder("adapter").load(other))
        .withMessageContaining("adapter " + folder("adapter").uri() + " was trained on another");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterFolder.at(HADOOP, "nosuch://host/adapter"))
        .withMessageContaining("nosuch://host/adapter cannot be reached");
  }
}
