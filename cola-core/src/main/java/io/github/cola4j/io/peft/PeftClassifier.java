package io.github.cola4j.io.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.io.SmallFile;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.io.weights.TensorNames;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an imported adapter's classifier has below its last linear layer. PEFT saves and trains all
 * of a classifier, here the last layer alone is trained.
 *
 * @param layers linear layers that transformers' model has below the last
 */
record PeftClassifier(Path folder, Transformer transformer, Set<String> layers) {

  /**
   * The layers below the last that PEFT loads with a classifier: those of all modules whose names
   * end as the classifier's. It does not load an adapter without them, so zeros stand for a layer
   * that the model's files do not have, and that no pooling reads then.
   */
  static Map<String, SafetensorsWriter.Tensor> savedLayers(Encoder encoder) {
    String classifier = PeftNames.savedModule(encoder.config());
    int d = encoder.config().hiddenSize();
    Map<String, SafetensorsWriter.Tensor> tensors = new LinkedHashMap<>();
    for (String layer : PeftNames.of(encoder.config()).unused()) {
      if (layer.split("\\.")[0].endsWith(classifier)) {
        Optional<FrozenLinear> own =
            encoder.classifierLayers().stream()
                .filter(linear -> linear.name().equals(layer))
                .findFirst();
        float[] weight = own.map(linear -> linear.weight().rows(0, d)).orElse(new float[d * d]);
        float[] bias = own.map(linear -> linear.bias().toArray()).orElse(new float[d]);
        String name = PeftNames.WRAPPED + layer;
        tensors.put(name + ".weight", new SafetensorsWriter.Tensor(new long[] {d, d}, weight));
        tensors.put(name + ".bias", new SafetensorsWriter.Tensor(new long[] {d}, bias));
      }
    }
    return tensors;
  }

  /** Whether a tensor, without what PEFT puts before it, is one of such a layer. */
  boolean hasLayer(String tensor) {
    return layers.stream()
        .anyMatch(layer -> tensor.equals(layer + ".weight") || tensor.equals(layer + ".bias"));
  }

  /** Refuses a layer that is not as the model's files have it. */
  void requireFrozen(Safetensors source) {
    if (!(transformer instanceof Encoder encoder)) {
      return;
    }
    for (FrozenLinear layer : encoder.classifierLayers()) {
      requireEqual(source, layer.name() + ".weight", layer.weight().rows(0, layer.out()));
      if (layer.bias() != null) {
        requireEqual(source, layer.name() + ".bias", layer.bias().toArray());
      }
    }
  }

  private void requireEqual(Safetensors source, String tensor, float[] frozen) {
    String name = PeftNames.WRAPPED + tensor;
    if (source.names().contains(name)
        && !Arrays.equals(frozen, source.read(name, source.shape(name)))) {
      throw new IllegalArgumentException(
          TensorNames.label(name, folder.toString())
              + " cannot be used: it was trained, and CoLA4J keeps this layer as the model's files"
              + " have it; merge the classifier into the model's files, or leave it out by --head"
              + " OTHER");
    }
  }

  /**
   * The pooling of an adapter that CoLA4J exported; else, and of older ones, the mean. A decoder
   * has the last token's alone.
   */
  Pooling exportedPooling() {
    Path own = folder.resolve(PeftNames.OWN);
    if (!(transformer instanceof Encoder)) {
      return Pooling.LAST;
    }
    if (!Files.isRegularFile(own)) {
      return Pooling.MEAN;
    }
    try {
      JsonNode pooling = Safetensors.JSON.readTree(SmallFile.text(own)).at("/adapter/pooling");
      return pooling.isMissingNode()
          ? Pooling.MEAN
          : Safetensors.JSON.treeToValue(pooling, Pooling.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(own + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + own + ": " + e, e);
    }
  }
}
