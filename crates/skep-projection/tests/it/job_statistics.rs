//! Statistics of jobs.

use skep_projection::{EventCount, Found, JobGroup, JobGrouping, JobStatistics, Page};
use skep_record::{
    AuthorizedTenants, Command, Document, FailJob, JobKey, Test, TextTest, Timestamp,
};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const SERVICE_TASK: Model = model!("service_task");
const TWO_TASKS: Model = model!("two_service_tasks");

/// A whole hour, some minutes after the clock of the tests begins.
const HOUR: i64 = 1_700_002_800_000;
const MINUTE: i64 = 60_000;

fn of(from: i64, to: i64, job_type: &str) -> JobStatistics {
    JobStatistics {
        from: Timestamp(from),
        to: Timestamp(to),
        job_type: vec![TextTest::Is(Test::Equals(job_type.into()))],
        page: Page::From(0),
        limit: 100,
    }
}

async fn found(running: &Running, by: JobGrouping, wanted: &JobStatistics) -> Found<JobGroup> {
    running.caught_up().await;
    running.history.job_statistics(by, wanted, &AuthorizedTenants::All).unwrap()
}

fn event(count: u64, at: i64) -> EventCount {
    EventCount { count, last_at: Some(Timestamp(at)) }
}

async fn fail(running: &Running, job_key: JobKey) {
    let command = FailJob {
        job_key,
        retries: 2,
        retry_back_off_ms: 0,
        error_message: "no line".into(),
        variables: Document::empty(),
    };
    running.submit(Command::FailJob(command)).await;
}

#[tokio::test]
async fn what_happens_to_jobs_is_counted_when_it_happens() {
    let mut rig = Rig::new();
    rig.config.n_partitions = 3;
    let running = rig.start();
    running.deploy(&[SERVICE_TASK, TWO_TASKS]).await;
    running.clock.advance_ms(HOUR - 1_700_000_000_000);
    for _ in 0..3 {
        running.create("order_process", "{}").await;
    }
    running.create("two_service_tasks", "{}").await;
    let key = running.job("payment-service").await.key;
    fail(&running, key).await;
    running.clock.advance_ms(MINUTE + 500);
    // Flushed before more is counted.
    running.caught_up().await;
    let later = HOUR + MINUTE + 500;
    let key = running.job("payment-service").await.key;
    fail(&running, key).await;
    let key = running.job("payment-service").await.key;
    running.complete(key, "{}").await;

    let mut all = JobStatistics { job_type: Vec::new(), ..of(HOUR, later, "") };
    let by_type = found(&running, JobGrouping::Type, &all).await;
    assert_eq!(by_type.total, 2);
    let [collect, pay] = &by_type.items[..] else { panic!("{by_type:?}") };
    assert_eq!((&*collect.name, &*pay.name), ("collect-money", "payment-service"));
    assert_eq!(collect.counts.created, event(1, HOUR));
    assert_eq!(collect.counts.completed, EventCount::default());
    assert_eq!(pay.counts.created, event(3, HOUR));
    assert_eq!(pay.counts.failed, event(2, later));
    assert_eq!(pay.counts.completed, event(1, later));
    assert_eq!((collect.counts.workers, pay.counts.workers), (0, 1));

    // Forward from a cursor.
    all.limit = 1;
    let first = found(&running, JobGrouping::Type, &all).await;
    assert_eq!((first.items.len(), first.total), (1, 2));
    all.page = Page::After(first.end.unwrap());
    assert_eq!(found(&running, JobGrouping::Type, &all).await.items, by_type.items[1..]);

    let pay = of(HOUR, later, "payment-service");
    let by_worker = found(&running, JobGrouping::Worker, &pay).await.items;
    let [nobody, tests] = &by_worker[..] else { panic!("{by_worker:?}") };
    assert_eq!((&*nobody.name, nobody.counts.created), ("", event(3, HOUR)));
    assert_eq!((&*tests.name, tests.counts.failed), ("tests", event(2, later)));

    let by_time = found(&running, JobGrouping::Time(MINUTE), &pay).await.items;
    let [first, second] = &by_time[..] else { panic!("{by_time:?}") };
    assert_eq!((first.at, second.at), (Timestamp(HOUR), Timestamp(HOUR + MINUTE)));
    assert_eq!((first.counts.failed, second.counts.failed), (event(1, HOUR), event(1, later)));
    let by_hour = found(&running, JobGrouping::Time(60 * MINUTE), &pay).await.items;
    assert_eq!((by_hour.len(), by_hour[0].counts.failed), (1, event(2, later)));

    let totals = |wanted: &JobStatistics, tenants: &AuthorizedTenants| {
        running.history.job_totals(wanted, tenants).unwrap()
    };
    let counts = totals(&of(HOUR + MINUTE, later, "payment-service"), &AuthorizedTenants::All);
    assert_eq!((counts.created.count, counts.failed.count, counts.completed.count), (0, 1, 1));
    let none = AuthorizedTenants::Only(["other".into()].into());
    assert_eq!(totals(&pay, &none).created.count, 0);
    running.stop().await;
}
