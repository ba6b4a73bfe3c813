package io.github.cola4j.spark.ml.params;

import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.preference.PreferenceConfig;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * How dialogues are written for a language model that learns them.
 *
 * @param <T> the stage
 */
public interface PromptParams<T> extends Params {
  /** Param: column of the right answer. */
  default Param<String> outputCol() {
    return ParamSet.of(this, "outputCol");
  }

  default String getOutputCol() {
    return getOrDefault(outputCol());
  }

  default T setOutputCol(String value) {
    return ParamSet.set(this, outputCol(), value);
  }

  /** Param: column of a text that is learnt as it is. */
  default Param<String> textCol() {
    return ParamSet.of(this, "textCol");
  }

  default String getTextCol() {
    return getOrDefault(textCol());
  }

  default T setTextCol(String value) {
    return ParamSet.set(this, textCol(), value);
  }

  /** Param: column of what a preference's answers are to. */
  default Param<String> promptCol() {
    return ParamSet.of(this, "promptCol");
  }

  default String getPromptCol() {
    return getOrDefault(promptCol());
  }

  default T setPromptCol(String value) {
    return ParamSet.set(this, promptCol(), value);
  }

  /** Param: column of the answer that is preferred. */
  default Param<String> chosenCol() {
    return ParamSet.of(this, "chosenCol");
  }

  default String getChosenCol() {
    return getOrDefault(chosenCol());
  }

  default T setChosenCol(String value) {
    return ParamSet.set(this, chosenCol(), value);
  }

  /** Param: column of the other answer. */
  default Param<String> rejectedCol() {
    return ParamSet.of(this, "rejectedCol");
  }

  default String getRejectedCol() {
    return getOrDefault(rejectedCol());
  }

  default T setRejectedCol(String value) {
    return ParamSet.set(this, rejectedCol(), value);
  }

  /** Param: how far the model is held to the frozen one. */
  default DoubleParam beta() {
    return ParamSet.of(this, "beta");
  }

  default double getBeta() {
    return (double) getOrDefault(beta());
  }

  default T setBeta(double value) {
    return ParamSet.set(this, beta(), value);
  }

  /** Param: how likely a preference is the wrong way round. */
  default DoubleParam labelSmoothing() {
    return ParamSet.of(this, "labelSmoothing");
  }

  default double getLabelSmoothing() {
    return (double) getOrDefault(labelSmoothing());
  }

  default T setLabelSmoothing(double value) {
    return ParamSet.set(this, labelSmoothing(), value);
  }

  /** Whether it is learnt which of two answers is preferred. */
  default boolean learnsPreferences() {
    return !getChosenCol().isEmpty();
  }

  /** How preferences are learnt. */
  default PreferenceConfig preferenceConfig() {
    return new PreferenceConfig(getBeta(), getLabelSmoothing());
  }

  /** Whether texts are learnt as they are, and no dialogues. */
  default boolean learnsTexts() {
    return !getTextCol().isEmpty();
  }

  /** Param: name of the template. */
  default Param<String> template() {
    return ParamSet.of(this, "template");
  }

  default String getTemplate() {
    return getOrDefault(template());
  }

  default T setTemplate(String value) {
    return ParamSet.set(this, template(), value);
  }

  /** Param: whether prompts are learnt too. */
  default BooleanParam trainOnPrompt() {
    return ParamSet.of(this, "trainOnPrompt");
  }

  default boolean getTrainOnPrompt() {
    return (boolean) getOrDefault(trainOnPrompt());
  }

  default T setTrainOnPrompt(boolean value) {
    return ParamSet.set(this, trainOnPrompt(), value);
  }

  /** Param: date that a template writes. */
  default Param<String> templateDate() {
    return ParamSet.of(this, "templateDate");
  }

  default String getTemplateDate() {
    return getOrDefault(templateDate());
  }

  default T setTemplateDate(String value) {
    return ParamSet.set(this, templateDate(), value);
  }

  /** Param: whether the assistant thinks before it answers. */
  default Param<String> thinking() {
    return ParamSet.of(this, "thinking");
  }

  default String getThinking() {
    return getOrDefault(thinking());
  }

  default T setThinking(String value) {
    return ParamSet.set(this, thinking(), value);
  }

  /** Param: whether special tokens in messages control the model. */
  default BooleanParam controlTokens() {
    return ParamSet.of(this, "controlTokens");
  }

  default boolean getControlTokens() {
    return (boolean) getOrDefault(controlTokens());
  }

  default T setControlTokens(boolean value) {
    return ParamSet.set(this, controlTokens(), value);
  }

  /** How dialogues are written. */
  default PromptConfig promptConfig() {
    return new PromptConfig(
        getTemplate(),
        getTrainOnPrompt(),
        getTemplateDate(),
        getThinking().equals("template") ? null : (Boolean) getThinking().equals("on"),
        getControlTokens());
  }
}
