package io.github.cola4j.examples.dl4j;

import io.github.cola4j.data.Example;
import io.github.cola4j.nn.Seeds;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Texts as vectors of unit length: words, and pairs of neighbouring words, are counted at places
 * that their hashes decide.
 *
 * @param width of a vector
 */
record BagOfWords(int width) {

  /** The features of a text [width]. */
  float[] features(String text) {
    float[] counts = new float[width];
    String before = "^";
    for (String word : text.toLowerCase(Locale.ROOT).split("\\W+")) {
      counts[place(word)]++;
      counts[place(before + " " + word)]++;
      before = word;
    }
    double squares = 0;
    for (float count : counts) {
      squares += count * count;
    }
    for (int i = 0; i < width; i++) {
      counts[i] /= (float) Math.sqrt(squares);
    }
    return counts;
  }

  private int place(String words) {
    return (int) Math.floorMod(Seeds.of(words), (long) width);
  }

  /** Features [examples × width] and one-hot labels [examples × classes]. */
  DataSet dataSet(List<Example> examples, List<String> classes) {
    float[][] features = new float[examples.size()][];
    INDArray labels = Nd4j.zeros(examples.size(), classes.size());
    for (int i = 0; i < features.length; i++) {
      features[i] = features(examples.get(i).text());
      labels.putScalar(i, classes.indexOf(examples.get(i).label()), 1);
    }
    DataSet data = new DataSet(Nd4j.createFromArray(features), labels);
    data.setLabelNames(classes);
    return data;
  }
}
