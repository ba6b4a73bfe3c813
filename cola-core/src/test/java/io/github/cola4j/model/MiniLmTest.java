package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** The real all-MiniLM-L6-v2 against ONNX Runtime on the same file. */
class MiniLmTest {
  private static final List<String> TEXTS =
      List.of(
          "",
          "a",
          "Hello, world!",
          "The quick brown fox jumps over the lazy dog.",
          "Der schnelle braune Fuchs springt über den faulen Hund.",
          "Être ou ne pas être, telle est la question.",
          "Съешь же ещё этих мягких французских булок, да выпей чаю.",
          "色は匂へど散りぬるを我が世誰ぞ常ならむ",
          "敏捷的棕色狐狸跳过懒狗",
          "نص حكيم له سر قاطع وذو شأن عظيم",
          "ऋषियों को सताने वाले दुष्ट राक्षसों",
          "다람쥐 헌 쳇바퀴에 타고파",
          "🙂🚀 emoji and symbols ≤ ∑ π ¼",
          "SELECT * FROM t WHERE x >= 3.14 AND y != 'z';",
          "a-b_c/d\\e\tf  g\nh",
          "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
          "1234567890 0.00001 1e-7",
          "low-rank adaptation of large language models ".repeat(12),
          "word ".repeat(200),
          "a sentence that is much longer than the positions of the model ".repeat(60));

  @Test
  void embeddingsEqualOnnxRuntimes() throws Exception {
    BaseModel model = BaseModel.load("classpath:all-minilm-l6-v2");
    List<Sample> samples =
        TEXTS.stream().map(t -> model.tokenizer(512).encode(t, null, 0).sample()).toList();
    assertThat(samples.get(0).length()).isEqualTo(2);
    assertThat(samples.get(1).length()).isEqualTo(3);
    assertThat(samples.get(TEXTS.size() - 1).length()).isEqualTo(512);

    float[] pooled;
    try (Pass pass = new Pass(DataType.FLOAT)) {
      pass.startEvaluation();
      int[] all = IntStream.range(0, samples.size()).toArray();
      Matrix embeddings = model.encoder().encode(pass, Adapters.NONE, Batcher.tokens(samples, all));
      pooled = embeddings.toArray();
    }

    List<float[]> expected = onnxRuntime(samples);
    for (int s = 0; s < samples.size(); s++) {
      float[] actual = Arrays.copyOfRange(pooled, s * 384, (s + 1) * 384);
      assertThat(actual)
          .as(TEXTS.get(s))
          .usingComparatorWithPrecision(1e-4f)
          .containsExactly(expected.get(s));
    }
  }

  /** The mean of the last hidden states, one text at a time, without padding. */
  private static List<float[]> onnxRuntime(List<Sample> samples) throws Exception {
    byte[] file;
    try (var in = MiniLmTest.class.getResourceAsStream("/all-minilm-l6-v2.onnx")) {
      file = in.readAllBytes();
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    List<float[]> means = new ArrayList<>();
    try (OrtSession session = environment.createSession(file)) {
      for (Sample sample : samples) {
        long[] mask = new long[sample.length()];
        Arrays.fill(mask, 1);
        try (OnnxTensor ids = row(environment, sample.ids());
            OnnxTensor types = row(environment, sample.typeIds());
            OnnxTensor ones = OnnxTensor.createTensor(environment, new long[][] {mask});
            OrtSession.Result result =
                session.run(
                    Map.of("input_ids", ids, "token_type_ids", types, "attention_mask", ones))) {
          means.add(mean(((float[][][]) result.get(0).getValue())[0]));
        }
      }
    }
    return means;
  }

  private static OnnxTensor row(OrtEnvironment environment, int[] values) throws Exception {
    return OnnxTensor.createTensor(
        environment, new long[][] {Arrays.stream(values).asLongStream().toArray()});
  }

  private static float[] mean(float[][] hidden) {
    double[] sums = new double[hidden[0].length];
    for (float[] token : hidden) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += token[i];
      }
    }
    float[] mean = new float[sums.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sums[i] / hidden.length);
    }
    return mean;
  }
}
