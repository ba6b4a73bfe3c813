/** Which of two answers is preferred: direct preference optimisation. */
package io.github.cola4j.model.preference;
