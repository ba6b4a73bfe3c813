package io.github.cola4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;

/** Files of networks that come from others. */
class NetworkArchiveTest {
  private static final String COEFFICIENTS = "coefficients.bin";
  private static final String CONFIGURATION = "configuration.json";
  private static final AtomicInteger CALLS = new AtomicInteger();

  @TempDir Path folder;

  private MultiLayerNetwork network;
  private final Map<String, byte[]> entries = new LinkedHashMap<>();

  /** Any class whose deserialisation does something. */
  private static final class Gadget implements Serializable {
    private static final long serialVersionUID = 1;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      CALLS.incrementAndGet();
    }
  }

  @BeforeEach
  void write() throws IOException {
    write(DataType.FLOAT);
  }

  private void write(DataType type) throws IOException {
    network =
        Networks.network(type, new Adam(0.1), new DenseLayer.Builder().nIn(4).nOut(6).build());
    Path file = folder.resolve("plain.zip");
    ModelSerializer.writeModel(network, file.toFile(), true);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      zip.stream()
          .forEach(
              entry -> {
                try {
                  entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
    }
  }

  private StoredNetwork load() throws IOException {
    Path file = folder.resolve("network.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (var entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return StoredNetwork.load(file.toString());
  }

  private void refuses(String... parts) {
    assertThatIllegalArgumentException()
        .isThrownBy(this::load)
        .withMessageContainingAll(parts)
        .withMessageStartingWith("network " + folder.resolve("network.zip") + ": ");
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void parametersAreReadToTheBit(DataType type) throws IOException {
    write(type);
    Path file = folder.resolve("plain.zip");
    try (NetworkArchive archive = NetworkArchive.open(file.toFile())) {
      INDArray read = archive.coefficients();
      assertThat(read.dataType()).isEqualTo(type);
      assertThat(read.shape()).containsExactly(1, network.numParams());
      assertThat(read.toDoubleVector()).isEqualTo(network.params().toDoubleVector());
    }
    assertThat(load().type()).isEqualTo(type);
  }

  @Test
  void nothingIsDeserialised() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new Gadget());
    }
    for (String name : new String[] {"preprocessor.bin", "normalizer.bin", "objects/x"}) {
      entries.put(name, bytes.toByteArray());
    }

    assertThat(load().linears()).hasSize(1);
    assertThat(CALLS).hasValue(0);
  }

  @Test
  void otherEntriesAreNotUnpacked() throws IOException {
    entries.put("whatever.bin", new byte[64 << 20]);
    assertThat(load().linears()).hasSize(1);
  }

  @Test
  void whatUnpacksToManyTimesTheFileIsRefused() {
    entries.put(COEFFICIENTS, new byte[64 << 20]);
    refuses(COEFFICIENTS, "unpacks to more than 200 times the file");
    entries.put(CONFIGURATION, " ".repeat(17 << 20).getBytes(StandardCharsets.UTF_8));
    refuses(CONFIGURATION, "has more than 16777216 bytes");
  }

  @Test
  void anArchiveOfTooManyEntriesIsRefused() {
    for (int i = 0; i < 1001; i++) {
      entries.put("e" + i, new byte[0]);
    }
    refuses("at most 1000 entries");
  }

  @ParameterizedTest
  @CsvSource({
    "LONG,4,FLOAT,1000000000000,'claims 1,000,000,000,000 numbers'",
    "LONG,4,FLOAT,-1,got the length -1",
    "LONG,4,FLOAT,0,claims 0 numbers",
    "LONG,4000000000,FLOAT,51,begins with no shape",
    "UTF8,4,FLOAT,51,begins with no shape",
    "LONG,4,HALF,51,'expected the type FLOAT or DOUBLE, got HALF'",
    "LONG,4,FLOAT,3,Deeplearning4j makes no network of",
  })
  void sizesThatTheFileClaimsAreChecked(
      String shapeType, long shape, String type, long length, String message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeUTF("MIXED_DATA_TYPES");
    out.writeLong(shape);
    out.writeUTF(shapeType);
    out.write(new byte[32]);
    out.writeUTF("MIXED_DATA_TYPES");
    out.writeLong(length);
    out.writeUTF(type);
    out.write(new byte[4 * 51]);
    entries.put(COEFFICIENTS, bytes.toByteArray());
    refuses(message);
  }

  @Test
  void coefficientsThatAreCutOffAreRefused() {
    entries.put(COEFFICIENTS, new byte[3]);
    refuses(COEFFICIENTS, "is cut off");
    entries.remove(COEFFICIENTS);
    refuses("it has no " + COEFFICIENTS);
  }

  @ParameterizedTest
  @CsvSource({
    "org.deeplearning4j.nn.conf.layers.DenseLayer,javax.swing.JEditorPane",
    "org.nd4j.linalg.activations.impl.ActivationTanH,com.example.Activation",
  })
  void classesOfOthersAreNotMade(String from, String to) {
    String json = new String(entries.get(CONFIGURATION), StandardCharsets.UTF_8);
    assertThat(json).contains(from);
    entries.put(CONFIGURATION, json.replace(from, to).getBytes(StandardCharsets.UTF_8));
    refuses(CONFIGURATION, "names the class \"" + to + "\"");
    entries.put(
        CONFIGURATION,
        json.replace("\"@class\" : \"" + from, "\"@class\":\"" + to + "\",\"@class\" : \"" + from)
            .getBytes(StandardCharsets.UTF_8));
    refuses(CONFIGURATION, "Duplicate field '@class'");
  }

  @Test
  void aConfigurationThatIsNoneIsRefusedInOneLine() {
    entries.put(CONFIGURATION, "{\"a\":".getBytes(StandardCharsets.UTF_8));
    refuses(CONFIGURATION, "is no JSON");
    entries.put(CONFIGURATION, "{\"vertices\":{}}".getBytes(StandardCharsets.UTF_8));
    refuses("Deeplearning4j makes no network of");
    entries.put(CONFIGURATION, "{\"confs\":3}".getBytes(StandardCharsets.UTF_8));
    refuses("Deeplearning4j makes no network of");
  }
}
