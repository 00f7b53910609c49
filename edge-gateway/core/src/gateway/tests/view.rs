//! A browser that checks what it is given: each log without gap and double from its resume point or sync mark on.

use std::collections::BTreeMap;

use serde_json::Value;

/// What one connection was given.
#[derive(Debug, Default)]
pub struct View {
    /// Epoch and seq up to which it has each log.
    pub logs: BTreeMap<String, (String, u64)>,
    pub lines: Vec<Value>,
    /// Code and reason.
    pub closed: Option<(u16, String)>,
}

impl View {
    /// A browser that has been before where `other` is.
    pub fn resuming(logs: BTreeMap<String, (String, u64)>) -> Self {
        Self {
            logs,
            ..Self::default()
        }
    }

    /// Takes a frame in.
    ///
    /// # Panics
    /// Where an event is not the next one.
    pub fn take_in(&mut self, frame: &str) {
        assert!(self.closed.is_none(), "{frame} after the close");
        for line in frame.split('\n') {
            let line: Value = serde_json::from_str(line).expect(line);
            if let Some(log) = line.get("sync").and_then(Value::as_str) {
                self.sync(log, &line);
            } else if let Some(seq) = line.get("seq").and_then(Value::as_u64)
                && line.get("event").is_some()
            {
                let log = line["channel"].as_str().unwrap();
                let (epoch, at) = self.logs.get_mut(log).expect("an event before a sync mark");
                assert_eq!(
                    (line["epoch"].as_str().unwrap(), seq),
                    (epoch.as_str(), *at + 1),
                    "{log}"
                );
                *at = seq;
            }
            self.lines.push(line);
        }
    }

    fn sync(&mut self, log: &str, mark: &Value) {
        let at = (
            mark["epoch"].as_str().unwrap().to_owned(),
            mark["seq"].as_u64().unwrap(),
        );
        if mark["recovered"].as_bool().unwrap() {
            assert_eq!(self.logs.get(log), Some(&at), "recovered {log}");
        }
        self.logs.insert(log.to_owned(), at);
    }

    /// The seqs of the events of a log.
    pub fn seqs(&self, log: &str) -> Vec<u64> {
        self.lines
            .iter()
            .filter(|line| line["channel"] == log)
            .filter_map(|line| line["seq"].as_u64())
            .collect()
    }

    /// The sync marks: log, seq, recovered.
    pub fn syncs(&self) -> Vec<(String, u64, bool)> {
        self.lines
            .iter()
            .filter_map(|line| {
                Some((
                    line["sync"].as_str()?.to_owned(),
                    line["seq"].as_u64()?,
                    line["recovered"].as_bool()?,
                ))
            })
            .collect()
    }

    /// The replies: to what, and the code where it is an error.
    pub fn replies(&self) -> Vec<(u64, Option<String>)> {
        self.lines
            .iter()
            .filter_map(|line| {
                let code = line["error"]["code"].as_str().map(str::to_owned);
                Some((line["re"].as_u64()?, code))
            })
            .collect()
    }
}
