/**
 * Four text classification tasks made from WordNet 3.1: where a noun's or a verb's definition
 * belongs, which part of speech it defines, and whether a word fits a definition.
 *
 * <p>A <em>sense</em> is a synset: the words that share one meaning, with its definition. Its
 * <em>file</em> is the lexicographer file it was written in, such as {@code noun.animal}.
 *
 * <p>{@link io.github.cola4j.examples.wordnet.WordNetTasks} makes the tasks from the senses that
 * {@code WordNetSenses} reads from the class path; {@code Stratified} splits them so that every
 * split has the classes in the task's proportions. {@link
 * io.github.cola4j.examples.wordnet.TaskFiles} writes them as JSON lines, which is what {@code cola
 * wordnet} does.
 */
package io.github.cola4j.examples.wordnet;
