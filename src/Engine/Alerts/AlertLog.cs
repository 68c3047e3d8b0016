using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Alerts;

/// <summary>What is logged of alerts. Ids 600 to 619. No address of a recipient, no path of a webhook and no password
/// is named.</summary>
internal static partial class AlertLog
{
    [LoggerMessage(600, LogLevel.Warning, "{Headline}: {Reason}")]
    public static partial void Bad(ILogger logger, string headline, string reason);

    [LoggerMessage(601, LogLevel.Information, "{Headline}: {Reason}")]
    public static partial void Good(ILogger logger, string headline, string reason);

    [LoggerMessage(602, LogLevel.Debug, "Alert mail '{Subject}' was taken by {Host} at try {Try}")]
    public static partial void MailSent(ILogger logger, string subject, string host, int @try);

    [LoggerMessage(603, LogLevel.Debug, "Alert mail '{Subject}': try {Try} failed, {Fault}; tried again")]
    public static partial void MailFailed(ILogger logger, string subject, int @try, string fault);

    [LoggerMessage(604, LogLevel.Error, "Alert mail '{Subject}': given up after try {Try}, {Fault}")]
    public static partial void MailGivenUp(ILogger logger, string subject, int @try, string fault);

    [LoggerMessage(605, LogLevel.Error, "Alert mails: more wait than are kept; the oldest are dropped")]
    public static partial void MailDropped(ILogger logger);

    [LoggerMessage(606, LogLevel.Debug, "Alert to {Host}: try {Try} failed, {Fault}; tried again")]
    public static partial void CallFailed(ILogger logger, string host, int @try, string? fault);

    [LoggerMessage(607, LogLevel.Error, "Alert to {Host}: given up after try {Try}, {Fault}")]
    public static partial void CallGivenUp(ILogger logger, string host, int @try, string? fault);

    [LoggerMessage(608, LogLevel.Error, "Alerts to {Host}: more wait than are kept; the oldest are dropped")]
    public static partial void CallsDropped(ILogger logger, string host);

    [LoggerMessage(609, LogLevel.Error, "Alert mail: the state of pool {Pool} cannot be told")]
    public static partial void NoStatus(ILogger logger, Exception exception, string pool);
}
