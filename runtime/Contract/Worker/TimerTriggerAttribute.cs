using MeshPort.Runtime.Contract.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Contract.Worker;

public sealed class TimerTriggerAttribute(string schedule) : TriggerBindingAttribute
{
    /// <summary>NCRONTAB with five or six fields, a TimeSpan, or %Setting%.</summary>
    public string Schedule { get; } = schedule;

    /// <summary>Keep the schedule's state, so that a run missed while the host was down is caught up once.</summary>
    public bool UseMonitor { get; set; } = true;

    public bool RunOnStartup { get; set; }
}

public class TimerInfo
{
    /// <summary>Null when the schedule is not monitored.</summary>
    public ScheduleStatus? ScheduleStatus { get; set; }

    public bool IsPastDue { get; set; }
}

public class ScheduleStatus
{
    public DateTime Last { get; set; }

    public DateTime Next { get; set; }

    public DateTime LastUpdated { get; set; }
}
