// What the server says of a rule, in the rule builder: members of its component, which builder.js puts together.
"use strict";

window.plunkAnswers = (() => {
  const tree = window.plunkTree, { fill } = window.plunkWords;

  return {
    told(said) {
      this.problems = {};
      this.otherProblems = [];
      for (const { path, message } of said.problems || []) {
        const id = tree.placeOf(path, this.places || []);
        if (id === null) this.otherProblems.push(path === "condition" ? message : `${path.replace("condition.", "")}: ${message}`);
        else this.problems[id] = [...(this.problems[id] || []), this.inWords(id, path, message)];
      }
      if (said.sentence !== undefined) { this.sentence = said.sentence; this.isTold = true; return; }
      this.isTold = false;
      this.forget();
      this.status = said.broken || this.words.incomplete;
    },

    // A row that waits for somebody to fill it in says so in plain words; anything else as the server says it.
    inWords(id, path, message) {
      const row = this.rows.find((each) => each.node.id === id);
      if (!row || !this.isFilter(row)) return message;
      if (/\.(field|property)$/.test(path) && !row.node.ui.shown) return this.words.needsField;
      if (/\.operator$/.test(path) && !row.node.raw.operator) return row.node.ui.shown ? message : this.words.needsField;
      if (/\.value(\[\d\])?$/.test(path) && this.isUnfilled(row.node)) return this.words.needsValue;
      return message;
    },

    uniqueProblems(row) { return [...new Set(this.problemsOf(row))]; },

    counted(found) {
      this.isCounting = false;
      if (found.count === undefined) { this.told(found); return; }
      this.isDim = false;
      this.count = this.number.format(found.count);
      this.noun = found.count === 1 ? this.words.oneContact : this.words.manyContacts;
      this.reachable = this.number.format(found.reachable);
      this.sample = found.sample;
      this.enter = found.enter ? this.number.format(found.enter) : "";
      this.leave = found.leave ? this.number.format(found.leave) : "";
      this.isStill = found.enter === 0 && found.leave === 0;
      this.status = fill(found.count === 1 ? this.words.countedOne : this.words.counted, { count: this.count, reachable: this.reachable });
    },

    failed(why) {
      this.forget();
      this.status = why === "signedOut" ? this.words.signedOut : this.words.failed;
    },

    // What stood there was said of another rule.
    forget() {
      if (!this.isTold) this.sentence = "";
      this.isCounting = false;
      this.count = this.reachable = "–";
      this.noun = this.words.manyContacts;
      this.enter = this.leave = "";
      this.isStill = false;
      this.sample = [];
    },
  };
})();
