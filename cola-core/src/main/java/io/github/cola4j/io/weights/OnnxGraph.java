package io.github.cola4j.io.weights;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;

/**
 * What the nodes of a BERT's ONNX graph say that its tensors do not: which linear layer an
 * anonymous weight belongs to, the number of heads, the epsilon of the normalisations.
 */
final class OnnxGraph {
  private static final Pattern LAYER = Pattern.compile("encoder\\.layer\\.(\\d{1,4})\\..*");
  private static final String BIAS = ".bias";

  /** A linear layer's weight; stored [in, out] if {@code transposed}, else [out, in]. */
  record LinearWeight(TensorProto tensor, boolean transposed) {}

  private final List<NodeProto> nodes;
  private final Map<String, NodeProto> producers = new HashMap<>();
  private final Map<String, TensorProto> constants;
  private final Map<String, LinearWeight> linearWeights = new TreeMap<>();
  private final Set<String> used = new HashSet<>();
  private final String source;

  OnnxGraph(GraphProto graph, Map<String, TensorProto> initializers, String source) {
    this.source = source;
    nodes = graph.getNodeList();
    constants = new HashMap<>(initializers);
    for (NodeProto node : nodes) {
      node.getOutputList().forEach(output -> producers.put(output, node));
      if (node.getOpType().equals("Constant") && node.getOutputCount() == 1) {
        node.getAttributeList().stream()
            .filter(attribute -> attribute.getName().equals("value"))
            .forEach(attribute -> constants.put(node.getOutput(0), attribute.getT()));
      }
    }
    for (NodeProto node : nodes) {
      if (node.getOpType().equals("Gemm") && node.getInputCount() == 3) {
        boolean transposed = node.getAttributeList().stream().noneMatch(OnnxGraph::isTransB);
        addLinear(node.getInput(2), node.getInput(1), transposed);
      } else if (node.getOpType().equals("Add") && node.getInputCount() == 2) {
        for (int i = 0; i < 2; i++) {
          NodeProto product = producers.get(node.getInput(1 - i));
          if (isA(product, "MatMul")) {
            addLinear(node.getInput(i), product.getInput(1), true);
          }
        }
      }
    }
  }

  private void addLinear(String bias, String weight, boolean transposed) {
    if (bias.endsWith(BIAS) && constants.containsKey(bias) && constants.containsKey(weight)) {
      String name = bias.substring(0, bias.length() - BIAS.length()) + ".weight";
      linearWeights.put(name, new LinearWeight(constants.get(weight), transposed));
      used.add(weight);
    }
  }

  private static boolean isTransB(AttributeProto attribute) {
    return attribute.getName().equals("transB") && attribute.getI() == 1;
  }

  private static boolean isA(NodeProto node, String type) {
    return node != null && node.getOpType().equals(type) && node.getInputCount() == 2;
  }

  /** The weights of all linear layers with a bias, by the layers' names. */
  Map<String, LinearWeight> linearWeights() {
    return linearWeights;
  }

  /** Whether {@link #linearWeights} has this tensor under the layer's name. */
  boolean isLinearWeight(String tensor) {
    return used.contains(tensor);
  }

  /**
   * The architecture as {@code config.json} would say it; sizes come from the shapes of {@code
   * weights}.
   */
  ObjectNode config(Weights weights) {
    int hidden = size(weights, "embeddings.word_embeddings.weight", 1);
    int vocabulary = size(weights, "embeddings.word_embeddings.weight", 0);
    int positions = size(weights, "embeddings.position_embeddings.weight", 0);
    int types = size(weights, "embeddings.token_type_embeddings.weight", 0);
    int layers = layers(weights.names());
    int intermediate = size(weights, "encoder.layer.0.intermediate.dense.weight", 0);
    int heads = heads(hidden);
    double epsilon = epsilon();
    if (nodes.stream().noneMatch(OnnxGraph::isExactGelu)) {
      throw unlike("no exact GELU (a node Erf or Gelu), the only activation that is implemented");
    }
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add("BertModel");
    return config
        .put("model_type", "bert")
        .put("vocab_size", vocabulary)
        .put("hidden_size", hidden)
        .put("num_hidden_layers", layers)
        .put("num_attention_heads", heads)
        .put("intermediate_size", intermediate)
        .put("max_position_embeddings", positions)
        .put("type_vocab_size", types)
        .put("layer_norm_eps", epsilon)
        .put("hidden_act", "gelu")
        .put("position_embedding_type", "absolute");
  }

  private int size(Weights weights, String name, int axis) {
    if (!weights.names().contains(name)) {
      throw unlike("no tensor '" + name + "'");
    }
    long[] shape = weights.shape(name);
    if (shape.length != 2 || shape[axis] > Integer.MAX_VALUE) {
      throw unlike("a tensor '" + name + "' of shape " + Arrays.toString(shape));
    }
    return (int) shape[axis];
  }

  private int layers(Collection<String> names) {
    TreeSet<Integer> layers = new TreeSet<>();
    for (String name : names) {
      Matcher matcher = LAYER.matcher(name);
      if (matcher.matches()) {
        layers.add(Integer.valueOf(matcher.group(1)));
      }
    }
    if (layers.isEmpty() || layers.last() != layers.size() - 1) {
      throw unlike("layers " + layers + ", not 0, 1, …");
    }
    return layers.size();
  }

  /** From the Reshape of the first layer's queries to [batch, tokens, heads, d / heads]. */
  private int heads(int hidden) {
    for (NodeProto reshape : nodes) {
      if (isA(reshape, "Reshape")
          && isA(producers.get(reshape.getInput(0)), "Add")
          && producers.get(reshape.getInput(0)).getInputList().stream()
              .anyMatch(input -> input.endsWith("encoder.layer.0.attention.self.query.bias"))) {
        long[] last = lastTwo(reshape.getInput(1));
        if (last[1] > 0 && hidden % last[1] == 0) {
          long heads = hidden / last[1];
          if (last[0] <= 0 || last[0] == heads) {
            return (int) heads;
          }
        } else if (last[1] == -1 && last[0] > 0 && last[0] <= hidden) {
          return (int) last[0];
        }
        throw unlike(
            "queries of width " + hidden + " cut into " + last[0] + " heads of " + last[1]);
      }
    }
    throw unlike("no Reshape of the first layer's queries into heads");
  }

  private long[] lastTwo(String shape) {
    NodeProto concat = producers.get(shape);
    if (concat != null && concat.getOpType().equals("Concat") && concat.getInputCount() >= 2) {
      int count = concat.getInputCount();
      long[] heads = integers(concat.getInput(count - 2));
      long[] width = integers(concat.getInput(count - 1));
      if (heads.length == 1 && width.length == 1) {
        return new long[] {heads[0], width[0]};
      }
    }
    long[] all = integers(shape);
    if (all.length < 2) {
      throw unlike("a Reshape of the first layer's queries to a shape that is not constant");
    }
    return new long[] {all[all.length - 2], all[all.length - 1]};
  }

  private long[] integers(String name) {
    TensorProto tensor = constants.get(name);
    if (tensor == null || tensor.getDataType() != TensorProto.DataType.INT64_VALUE) {
      return new long[0];
    }
    if (tensor.getInt64DataCount() > 0) {
      return tensor.getInt64DataList().stream().mapToLong(Long::longValue).toArray();
    }
    LongBuffer raw =
        tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    long[] values = new long[raw.remaining()];
    raw.get(values);
    return values;
  }

  /** The one epsilon of all layer normalisations. */
  private double epsilon() {
    Set<Float> found = new TreeSet<>();
    for (NodeProto node : nodes) {
      if (node.getInputList().stream().noneMatch(input -> input.endsWith("LayerNorm.bias"))) {
        continue;
      }
      if (node.getOpType().equals("LayerNormalization")) {
        found.add(
            node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals("epsilon"))
                .map(AttributeProto::getF)
                .findFirst()
                .orElse(1e-5f)); // the operator's default
      } else if (isA(node, "Add")) {
        findEpsilon(node, 0, found);
      }
    }
    if (found.size() != 1) {
      throw unlike("layer normalisations with epsilons " + found + ", not one");
    }
    // through its decimal form: the float nearest to 1e-12 is meant to be 1e-12
    return Double.parseDouble(found.iterator().next().toString());
  }

  /** Down weight · (x − mean) / √(variance + ε) + bias: Add, Mul, Div, Sqrt, Add. */
  private void findEpsilon(NodeProto node, int depth, Set<Float> found) {
    List<String> path = List.of("Add", "Mul", "Div", "Sqrt", "Add");
    if (node == null || node.getInputCount() > 2 || !node.getOpType().equals(path.get(depth))) {
      return;
    }
    for (String input : node.getInputList()) {
      if (depth < path.size() - 1) {
        findEpsilon(producers.get(input), depth + 1, found);
      } else if (constants.containsKey(input)
          && constants.get(input).getDataType() == TensorProto.DataType.FLOAT_VALUE) {
        float[] values = OnnxWeights.floats(constants.get(input), TensorNames.label(input, source));
        for (float value : values) {
          found.add(value);
        }
      }
    }
  }

  private static boolean isExactGelu(NodeProto node) {
    return node.getOpType().equals("Erf")
        || (node.getOpType().equals("Gelu")
            && node.getAttributeList().stream()
                .noneMatch(attribute -> attribute.getS().toStringUtf8().equals("tanh")));
  }

  private IllegalArgumentException unlike(String has) {
    return new IllegalArgumentException(
        source
            + " is not a BERT as PyTorch exports it, it has "
            + has
            + "; use the model's config.json and safetensors instead");
  }
}
