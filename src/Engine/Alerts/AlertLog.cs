using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Alerts;

/// <summary>What is logged of alerts. Ids 700 to 719. No address of a recipient, no path of a webhook and no password
/// is named.</summary>
internal static partial class AlertLog
{
    [LoggerMessage(700, LogLevel.Debug, "Alert: {Headline}, {Reason}")]
    public static partial void Taken(ILogger logger, string headline, string reason);

    [LoggerMessage(702, LogLevel.Debug, "Alert mail '{Subject}' was taken by {Host} at try {Try}")]
    public static partial void MailSent(ILogger logger, string subject, string host, int @try);

    [LoggerMessage(703, LogLevel.Debug, "Alert mail '{Subject}': try {Try} failed, {Fault}; tried again")]
    public static partial void MailFailed(ILogger logger, string subject, int @try, string fault);

    [LoggerMessage(704, LogLevel.Error, "Alert mail '{Subject}': given up after try {Try}, {Fault}")]
    public static partial void MailGivenUp(ILogger logger, string subject, int @try, string fault);

    [LoggerMessage(705, LogLevel.Error, "Alert mails: more wait than are kept; the oldest are dropped")]
    public static partial void MailDropped(ILogger logger);

    [LoggerMessage(706, LogLevel.Debug, "Alert to {Host}: try {Try} failed, {Fault}; tried again")]
    public static partial void CallFailed(ILogger logger, string host, int @try, string? fault);

    [LoggerMessage(707, LogLevel.Error, "Alert to {Host}: given up after try {Try}, {Fault}")]
    public static partial void CallGivenUp(ILogger logger, string host, int @try, string? fault);

    [LoggerMessage(708, LogLevel.Error, "Alerts to {Host}: more wait than are kept; the oldest are dropped")]
    public static partial void CallsDropped(ILogger logger, string host);

    [LoggerMessage(709, LogLevel.Error, "Alert mail: the state of pool {Pool} cannot be told")]
    public static partial void NoStatus(ILogger logger, Exception exception, string pool);
}
