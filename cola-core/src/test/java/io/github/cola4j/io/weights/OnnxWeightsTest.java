package io.github.cola4j.io.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.bert.BertConfig;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.shade.protobuf.ByteString;

class OnnxWeightsTest {
  private static final List<String> LINEARS =
      List.of(
          "attention.self.query",
          "attention.self.key",
          "attention.self.value",
          "attention.output.dense",
          "intermediate.dense",
          "output.dense");

  private static byte[] file;
  private static OnnxWeights miniLm;

  @BeforeAll
  static void load() throws IOException {
    try (InputStream in = OnnxWeightsTest.class.getResourceAsStream("/all-minilm-l6-v2.onnx")) {
      file = in.readAllBytes();
    }
    miniLm = OnnxWeights.of(file, "minilm.onnx");
  }

  @AfterAll
  static void release() {
    file = null;
    miniLm = null;
  }

  @Test
  void derivesTheArchitecture() {
    assertThat(TransformerConfig.read(miniLm.config().toString(), "minilm.onnx"))
        .isEqualTo(new BertConfig("bert", 30522, 384, 6, 12, 1536, 512, 2, 1e-12));
  }

  @Test
  void hasEveryTensorOfTheEncoder() {
    assertThat(miniLm.read("embeddings.word_embeddings.weight", 30522, 384)).hasSize(30522 * 384);
    assertThat(miniLm.read("embeddings.position_embeddings.weight", 512, 384)).hasSize(512 * 384);
    assertThat(miniLm.read("embeddings.token_type_embeddings.weight", 2, 384)).hasSize(768);
    assertNorm("embeddings.LayerNorm");
    for (int i = 0; i < 6; i++) {
      String layer = "encoder.layer." + i + ".";
      assertLinear(layer + "attention.self.query", 384, 384);
      assertLinear(layer + "attention.self.key", 384, 384);
      assertLinear(layer + "attention.self.value", 384, 384);
      assertLinear(layer + "attention.output.dense", 384, 384);
      assertNorm(layer + "attention.output.LayerNorm");
      assertLinear(layer + "intermediate.dense", 1536, 384);
      assertLinear(layer + "output.dense", 384, 1536);
      assertNorm(layer + "output.LayerNorm");
    }
    assertThat(miniLm.names()).hasSize(5 + 6 * 16 + 2).noneMatch(name -> name.contains("MatMul"));
  }

  /** ONNX Runtime's own value of each layer is W x + b with the weight we named, as [out, in]. */
  @Test
  void givesEachWeightToItsLayer() throws Exception {
    ModelProto model = ModelProto.parseFrom(file);
    List<String> layers = new ArrayList<>();
    for (int i : new int[] {0, 5}) {
      for (String linear : LINEARS) {
        layers.add("encoder.layer." + i + "." + linear);
      }
    }
    var extended = model.toBuilder();
    for (String layer : layers) {
      extended.getGraphBuilder().addOutputBuilder().setName(inputOf(model, layer));
      extended.getGraphBuilder().addOutputBuilder().setName(node(layer) + "/Add_output_0");
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[][] ids = {{101, 7592, 2088, 999, 102}};
    long[][] ones = {{1, 1, 1, 1, 1}};
    try (OrtSession session = environment.createSession(extended.build().toByteArray());
        OnnxTensor tokens = OnnxTensor.createTensor(environment, ids);
        OnnxTensor mask = OnnxTensor.createTensor(environment, ones);
        OnnxTensor types = OnnxTensor.createTensor(environment, new long[1][5]);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", tokens, "attention_mask", mask, "token_type_ids", types))) {
      for (String layer : layers) {
        float[][][] x = (float[][][]) result.get(inputOf(model, layer)).orElseThrow().getValue();
        float[][][] y =
            (float[][][]) result.get(node(layer) + "/Add_output_0").orElseThrow().getValue();
        assertProduct(layer, x[0][3], y[0][3]);
      }
    }
  }

  private static void assertProduct(String layer, float[] x, float[] y) {
    float[] weight = miniLm.read(layer + ".weight", y.length, x.length);
    float[] bias = miniLm.read(layer + ".bias", y.length);
    for (int i = 0; i < y.length; i++) {
      double sum = bias[i];
      for (int j = 0; j < x.length; j++) {
        sum += (double) weight[i * x.length + j] * x[j];
      }
      assertThat((double) y[i]).as(layer).isCloseTo(sum, within(2e-5));
    }
  }

  private static String node(String layer) {
    return "/" + layer.replace('.', '/').replace("layer/", "layer.");
  }

  private static String inputOf(ModelProto model, String layer) {
    return model.getGraph().getNodeList().stream()
        .filter(node -> node.getOutput(0).equals(node(layer) + "/MatMul_output_0"))
        .findFirst()
        .orElseThrow()
        .getInput(0);
  }

  @Test
  void refusesDamagedFiles() {
    for (int size : new int[] {0, 10, 1000, file.length / 2, file.length - 1}) {
      assertThatThrownBy(() -> OnnxWeights.of(Arrays.copyOf(file, size), "x/minilm.onnx"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("x/minilm.onnx is not a readable ONNX file: ")
          .hasMessageEndingWith("; download it again");
    }
    byte[] noise = new byte[10_000];
    new Random(7).nextBytes(noise);
    assertThatThrownBy(() -> OnnxWeights.of(noise, "noise.onnx"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("noise.onnx is not a readable ONNX file: ");
  }

  @Test
  void readsWhatOtherExportersWrite() {
    // names with a prefix, a Gemm, float_data, one LayerNormalization node, a constant shape, Gelu
    ModelProto model = tiny("0.auto_model.", List.of(0L, 0L, -1L, 2L), "Gelu").build();
    OnnxWeights weights = OnnxWeights.of(model.toByteArray(), "tiny.onnx");
    assertThat(TransformerConfig.read(weights.config().toString(), "tiny.onnx"))
        .isEqualTo(new BertConfig("bert", 3, 4, 1, 2, 6, 5, 2, 1e-5));
    assertThat(weights.read("encoder.layer.0.intermediate.dense.weight", 6, 4))
        .startsWith(0, 6, 12, 18, 1); // stored [4, 6]
    assertThat(weights.read("embeddings.token_type_embeddings.weight", 2, 4))
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void refusesWhatIsNotSuchABert() {
    assertRefused(tiny("", List.of(0L, 0L, 3L, 2L), "Gelu"), "width 4 cut into 3 heads of 2");
    assertRefused(tiny("", List.of(0L, 0L, 2L, 2L), "Relu"), "no exact GELU");
    var external = tiny("", List.of(0L, 0L, 2L, 2L), "Gelu");
    external
        .getGraphBuilder()
        .getInitializerBuilder(0)
        .clearFloatData()
        .setDataLocation(TensorProto.DataLocation.EXTERNAL);
    assertRefused(external, "is in another file (external data)");
    var shorter = tiny("", List.of(0L, 0L, 2L, 2L), "Gelu");
    shorter
        .getGraphBuilder()
        .getInitializerBuilder(0)
        .clearFloatData()
        .setRawData(ByteString.copyFrom(new byte[44]));
    assertRefused(shorter, "tensor 'embeddings.word_embeddings.weight' of shape [3, 4]");
    assertRefused(shorter, "in F32 has 44 bytes");
    var quantised = tiny("", List.of(0L, 0L, 2L, 2L), "Gelu");
    quantised.getGraphBuilder().getInitializerBuilder(5).setDataType(3);
    assertRefused(quantised, "quantised models are not supported");
    var other = tiny("", List.of(0L, 0L, 2L, 2L), "Gelu");
    other.getGraphBuilder().getInitializerBuilder(0).setName("wte.weight");
    assertRefused(other, "it has no tensor 'embeddings.word_embeddings.weight'");
  }

  private static void assertRefused(ModelProto.Builder model, String message) {
    byte[] bytes = model.build().toByteArray();
    assertThatThrownBy(() -> OnnxWeights.of(bytes, "tiny.onnx"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("tiny.onnx", message);
  }

  /** As much of a one-layer BERT with d = 4 as its architecture is read from. */
  private static ModelProto.Builder tiny(String prefix, List<Long> queryShape, String activation) {
    ModelProto.Builder model = ModelProto.newBuilder();
    GraphProto.Builder graph = model.getGraphBuilder();
    String layer = prefix + "encoder.layer.0.";
    graph.addInitializer(tensor(prefix + "embeddings.word_embeddings.weight", 3, 4));
    graph.addInitializer(tensor(prefix + "embeddings.position_embeddings.weight", 5, 4));
    graph.addInitializer(tensor(prefix + "embeddings.token_type_embeddings.weight", 2, 4));
    graph.addInitializer(tensor(prefix + "embeddings.LayerNorm.bias", 4));
    graph.addInitializer(tensor(layer + "attention.self.query.bias", 4));
    graph.addInitializer(tensor("onnx::MatMul_1", 4, 4));
    graph.addInitializer(tensor(layer + "intermediate.dense.bias", 6));
    graph.addInitializer(tensor("onnx::Gemm_2", 4, 6));
    graph.addInitializer(
        TensorProto.newBuilder().setName("shape").setDataType(7).addAllInt64Data(queryShape));
    addNode(graph, "LayerNormalization", "x", "x", "scale", prefix + "embeddings.LayerNorm.bias");
    addNode(graph, "MatMul", "xw", "x", "onnx::MatMul_1");
    addNode(graph, "Add", "q", "xw", layer + "attention.self.query.bias");
    addNode(graph, "Reshape", "heads", "q", "shape");
    addNode(graph, "Gemm", "up", "heads", "onnx::Gemm_2", layer + "intermediate.dense.bias");
    addNode(graph, activation, "g", "up");
    return model;
  }

  private static void addNode(
      GraphProto.Builder graph, String type, String output, String... inputs) {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(type)
            .addOutput(output)
            .addAllInput(Arrays.asList(inputs)));
  }

  private static TensorProto tensor(String name, long... shape) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(1);
    long elements = 1;
    for (long dimension : shape) {
      tensor.addDims(dimension);
      elements *= dimension;
    }
    for (int i = 0; i < elements; i++) {
      tensor.addFloatData(i);
    }
    return tensor.build();
  }

  private static void assertLinear(String name, int out, int in) {
    assertThat(miniLm.shape(name + ".weight")).containsExactly(out, in);
    assertThat(miniLm.read(name + ".weight", out, in)).hasSize(out * in);
    assertThat(miniLm.read(name + ".bias", out)).hasSize(out);
  }

  private static void assertNorm(String name) {
    assertThat(miniLm.read(name + ".weight", 384)).hasSize(384);
    assertThat(miniLm.read(name + ".bias", 384)).hasSize(384);
  }
}
